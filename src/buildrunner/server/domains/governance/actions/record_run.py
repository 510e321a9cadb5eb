"""Keep what a check found, so that figures and simulations have something to stand on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.change import Change
from buildrunner.server.domains.governance import events
from buildrunner.server.domains.governance.models import ChangeRequest, CheckRun
from buildrunner.server.domains.governance.queries.judging import check_change, read_change
from buildrunner.server.domains.governance.queries.records import run_view
from buildrunner.server.domains.governance.rules.changes import MOST_KEPT, by_rule, fails
from buildrunner.server.domains.governance.types import RunView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit

KEPT = timedelta(days=180)
# Larger changes are counted, but not simulated.
LARGEST_KEPT = 1024 * 1024
_MEMBERS = ("rule", "severity", "path", "line", "clause", "message", "mend", "owner", "fingerprint")


def record_run(
    actor: Actor,
    project_id: UUID,
    *,
    change: dict[str, Any],
    source: str = "ci",
    report: dict[str, Any] | None = None,
) -> RunView:
    """Keep a judgement made elsewhere (`report`: {allowed, denials, policy_digest}), or make one.

    Needs `approval.request`. Raises ChangeInvalid, Invalid.
    """
    read = read_change(change)
    with project_scope(actor, project_id, "approval.request") as access:
        if report is None:
            judged = check_change(access, read)
            allowed, denials, digest = judged.allowed, judged.denials, judged.policy_digest
        else:
            denials = _denials(report.get("denials"))
            digest = str(report.get("policy_digest") or "").removeprefix("sha256:")[:64]
            allowed = not any(fails(one) for one in denials)
        text = json.dumps(change, ensure_ascii=False, separators=(",", ":"))
        row = keep_run(actor, access, read, source, allowed, denials, text, digest=digest)
        return run_view(row)


def keep_run(
    actor: Actor,
    access: ProjectAccess,
    change: Change,
    source: str,
    allowed: bool,
    denials: list[dict[str, Any]],
    text: str,
    *,
    digest: str = "",
    request: ChangeRequest | None = None,
) -> CheckRun:
    """Inside a scope: write the row, let go of what is too old, tell who listens."""
    row = CheckRun.objects.create(
        org_id=access.org_id,
        project_id=access.project_id,
        source=source,
        title=(change.title or "")[:500],
        branch=(change.branch or "")[:500],
        base=change.base[:64],
        head=change.head[:64],
        allowed=allowed,
        denials=denials[:MOST_KEPT],
        rules=by_rule(denials),
        policy_digest=digest,
        request_id=request.id if request else None,
        change=seal(text if len(text) <= LARGEST_KEPT else "", "governance.change"),
        actor=actor.record(),
    )
    CheckRun.objects.filter(
        org_id=access.org_id,
        project_id=access.project_id,
        created_at__lt=timezone.now() - KEPT,
    ).delete()
    emit(
        events.CHECKED,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=str(row.id),
        data={"source": source, "head": row.head, "allowed": allowed, "rules": row.rules},
    )
    return row


def _denials(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Invalid("report.denials: a list of denials is wanted", field="report")
    return [
        {
            **{name: one.get(name) for name in _MEMBERS},
            **({"waived_by": str(one["waived_by"])} if one.get("waived_by") else {}),
        }
        for one in value[:10_000]
    ]
