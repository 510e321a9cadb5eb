"""Set one denial aside until a day, in person, or let it stand again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.rules import named
from buildrunner.policy.waivers import Waiver as EngineWaiver
from buildrunner.policy.waivers import why_not
from buildrunner.server.domains.governance import events
from buildrunner.server.domains.governance.errors import WaiverRefused
from buildrunner.server.domains.governance.models import Waiver
from buildrunner.server.domains.governance.policies import holds_one, in_person, roles_of
from buildrunner.server.domains.governance.queries.policy import current_policy
from buildrunner.server.domains.governance.queries.waivers import find_waiver, waiver_view
from buildrunner.server.domains.governance.types import WaiverView
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

LONGEST_REASON = 1000


def grant_waiver(
    actor: Actor,
    project_id: UUID,
    *,
    rule: str,
    fingerprint: str,
    reason: str,
    expires_at: datetime,
    path: str = "",
) -> WaiverView:
    """Set aside what a check denies under this fingerprint; another content is another denial.

    In person, with a role of `waivers.approvers`; where the policy names none, with `policy.manage`.
    Where that asks for several people, it counts as soon as each of them has granted it. It counts
    for no change that the approver wrote. Raises WaiverRefused.
    """
    reason = one_line(reason, "reason", LONGEST_REASON)
    fingerprint = one_line(fingerprint, "fingerprint", 128)
    known = named(rule)
    if known is None:
        raise WaiverRefused(f"there is no rule {rule!r}; `br governance explain` lists them")
    with project_scope(actor, project_id, "plan.read") as access:
        person = in_person(actor, access, "Granting a waiver", "/waivers")
        current = current_policy(access)
        policy = current.policy if current else {}
        section = policy.get("waivers")
        asked = section.get("approvers") if isinstance(section, dict) else None
        roles = [str(one.get("role", "")) for one in asked or () if isinstance(one, dict)]
        access.require("approval.give" if roles else "policy.manage")
        if roles and not holds_one(roles_of(access, person), roles):
            raise WaiverRefused(
                f"the policy lets {', '.join(roles)} grant waivers (`waivers.approvers`)"
            )
        now = timezone.now()
        proposed = EngineWaiver(
            rule=known.id,
            fingerprint=fingerprint,
            reason=reason,
            approver=actor.name or str(person),
            expires=expires_at.isoformat(),
            created=now.isoformat(),
        )
        trouble = why_not(proposed, policy, (), now)
        if trouble:
            raise WaiverRefused(f"such a waiver would not count: {trouble}")
        row = Waiver.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            rule=known.id,
            fingerprint=fingerprint,
            path=path.strip()[:1000],
            reason=reason,
            expires_at=expires_at,
            approver={**actor.record(), "roles": roles_of(access, person)},
            person_id=person,
        )
        emit(
            events.WAIVED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data={
                "rule": row.rule,
                "fingerprint": fingerprint,
                "path": row.path,
                "reason": reason,
                "expires": expires_at.isoformat(),
            },
        )
        return waiver_view(row)


def revoke_waiver(actor: Actor, project_id: UUID, *, waiver_id: UUID) -> WaiverView:
    """Let the denial stand again. In person, with `policy.manage`. Raises WaiverAbsent."""
    with project_scope(actor, project_id, "plan.read") as access:
        in_person(actor, access, "Revoking a waiver", "/waivers")
        access.require("policy.manage")
        row = find_waiver(access, waiver_id)
        row.revoked_at, row.revoked_by = timezone.now(), actor.record()
        row.save(update_fields=["revoked_at", "revoked_by"])
        emit(
            events.UNWAIVED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data={"rule": row.rule, "fingerprint": row.fingerprint},
        )
        return waiver_view(row)
