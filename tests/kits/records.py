"""Signed evidence and sign-offs for tests, made the way a runner makes them."""

from __future__ import annotations

from typing import Any

from buildrunner.evidence import record as records
from buildrunner.evidence.checks import Check, checks_of, criteria_of
from buildrunner.spec.ids import resolve

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
CONTENT = "sha256:" + "c" * 64
NOTHING = "sha256:" + "0" * 64


def plan_with(microstep: dict[str, Any], **step: Any) -> dict[str, Any]:
    """A plan of one microstep, `m1.s1.ms1`."""
    whole = {"id": "m1.s1.ms1", "title": "One", "status": "doing", "criteria": [], **microstep}
    inner = {"id": "m1.s1", "title": "Step", "microsteps": [whole], **step}
    return {
        "projectId": "p-1",
        "title": "Plan",
        "version": "0.1.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [{"id": "m1", "title": "Milestone", "steps": [inner]}],
    }


def check_of(plan: dict[str, Any], check_id: str, microstep: str = "m1.s1.ms1") -> Check:
    return next(check for check in checks_of(plan, microstep) if check.id == check_id)


def run_of(
    plan: dict[str, Any],
    check_id: str,
    index: int = 0,
    *,
    microstep: str = "m1.s1.ms1",
    at: str = "2026-01-01T10:00:00Z",
    outcome: str = "passed",
    content: str = CONTENT,
    runner: str = "local",
    key: bytes = KEY,
    **changes: Any,
) -> dict[str, Any]:
    """Evidence that a check of the plan ran for one criterion; `changes` replace members."""
    entity = resolve(plan, microstep)
    assert entity is not None
    check = check_of(plan, check_id, microstep)
    record = {
        "type": records.EVIDENCE,
        "project": plan.get("projectId"),
        "microstep": microstep,
        "criterion": records.criterion_member(index, criteria_of(entity)[index]),
        "check": {
            "id": check.id,
            "kind": check.kind,
            "digest": check.digest,
            "origin": check.origin,
        },
        "subject": {"paths": list(check.paths), "digest": content},
        "commit": "a" * 40,
        "tree": "b" * 40,
        "dirty": False,
        "command": check.definition.get("run"),
        "exit": 0 if outcome == "passed" else 1,
        "outcome": outcome,
        "reason": "" if outcome == "passed" else "exit code 1",
        "started_at": at,
        "duration_ms": 12,
        "output": {"digest": NOTHING, "bytes": 0, "excerpt": ""},
        "runner": {"class": runner, "name": "here", "version": "0.1.0"},
    }
    return records.sign({**record, **changes}, key)


def signoff_of(
    plan: dict[str, Any],
    index: int | None = 0,
    *,
    microstep: str = "m1.s1.ms1",
    at: str = "2026-01-01T11:00:00Z",
    role: str = "QA",
    self_attested: bool = False,
    subject: dict[str, Any] | None = None,
    key: bytes = KEY,
    **changes: Any,
) -> dict[str, Any]:
    """A sign-off of one criterion, or of a microstep as a whole (`index` None)."""
    entity = resolve(plan, microstep)
    assert entity is not None
    text = entity.value["title"] if index is None else criteria_of(entity)[index]
    record = {
        "type": records.SIGNOFF,
        "project": plan.get("projectId"),
        "microstep": microstep,
        "criterion": records.criterion_member(index, text),
        "subject": subject,
        "commit": None,
        "by": {"id": "u1", "name": "Ada", "role": role},
        "self_attested": self_attested,
        "note": "",
        "at": at,
    }
    return records.sign({**record, **changes}, key)
