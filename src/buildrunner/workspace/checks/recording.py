"""From what became of a check to records of evidence, not yet signed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from buildrunner.evidence.record import EVIDENCE, criterion_member
from buildrunner.spec.masking import mask
from buildrunner.workspace.checks.runner import Outcome
from buildrunner.workspace.checks.selection import Duty
from buildrunner.workspace.content import Revision

_REASON = 2_000
_COMMAND = 65_536


def records_of(
    outcome: Outcome,
    duty: Duty,
    *,
    project: str | None,
    revision: Revision,
    runner: Mapping[str, str],
    around: Mapping[str, str] = os.environ,
) -> list[dict[str, Any]]:
    """One record for each criterion that the check covers; none where its content changed."""
    if outcome.changed or outcome.stopped or not outcome.subject:
        return []
    check, output = duty.check, outcome.output
    shared = {
        "type": EVIDENCE,
        "project": project,
        "microstep": duty.entity.id,
        "check": {
            "id": check.id,
            "kind": check.kind,
            "digest": check.digest,
            "origin": check.origin,
        },
        "subject": {"paths": list(check.paths), "digest": outcome.subject},
        "commit": revision.commit,
        "tree": revision.tree,
        "dirty": revision.dirty,
        "command": None if outcome.command is None else mask(outcome.command, around)[:_COMMAND],
        "exit": outcome.exit,
        "outcome": outcome.verdict.outcome,
        "reason": mask(outcome.verdict.reason, around)[:_REASON],
        "started_at": outcome.started_at,
        "duration_ms": outcome.duration_ms,
        "output": {
            "digest": output.digest,
            "bytes": output.bytes,
            "excerpt": output.excerpt(around),
        },
        "runner": dict(runner),
    }
    return [{**shared, "criterion": criterion_member(index, text)} for index, text in duty.criteria]
