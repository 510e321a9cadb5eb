"""Set a flaky check aside for a while, or let it count again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from buildrunner.evidence.checks import Check
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import events
from buildrunner.server.domains.qa.errors import CheckAbsent, NotFlaky, QuarantineAbsent
from buildrunner.server.domains.qa.models import Quarantine
from buildrunner.server.domains.qa.policies import in_person
from buildrunner.server.domains.qa.queries.records import flaky_digests, quarantine_view
from buildrunner.server.domains.qa.types import QuarantineView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line
from buildrunner.spec.document import walk

LONGEST = timedelta(days=30)
LONGEST_REASON = 500


def quarantine_check(
    actor: Actor, project_id: UUID, *, check_digest: str, reason: str, until: datetime
) -> QuarantineView:
    """Let a flaky check neither prove nor block until a moment at most 30 days ahead.

    What it was the only proof of needs another proof, or a sign-off. In person, with
    `evidence.sign_off`. Raises CheckAbsent, NotFlaky, Invalid. A newer quarantine of the same
    check replaces the one before.
    """
    reason = one_line(reason, "reason", LONGEST_REASON)
    now = timezone.now()
    if not now < until <= now + LONGEST:
        raise Invalid(f"until must lie within {LONGEST.days} days from now", field="until")
    with project_scope(actor, project_id, "plan.read") as access:
        in_person(actor, access, "Setting a check aside")
        access.require("evidence.sign_off")
        check_id = _check_id(access, check_digest)
        if check_digest not in flaky_digests(access, [check_digest]):
            raise NotFlaky(check_id)
        if actor.person_id is None:
            raise Forbidden("nobody acts")
        _standing(access, check_digest).update(lifted_at=now, lifted_by=actor.record())
        row = Quarantine.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            check_digest=check_digest,
            check_id=check_id,
            reason=reason,
            until=until,
            actor=actor.record(),
            person_id=actor.person_id,
        )
        emit(
            events.QUARANTINED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=check_digest,
            data={"check": check_id, "until": until.isoformat()},
        )
        return quarantine_view(row)


def lift_quarantine(actor: Actor, project_id: UUID, *, quarantine_id: UUID) -> None:
    """Let the check count again before its time. Raises QuarantineAbsent."""
    with project_scope(actor, project_id, "plan.read") as access:
        in_person(actor, access, "Lifting a quarantine")
        access.require("evidence.sign_off")
        row = (
            Quarantine.objects.select_for_update()
            .filter(
                org_id=access.org_id,
                project_id=access.project_id,
                id=quarantine_id,
                lifted_at__isnull=True,
                until__gt=timezone.now(),
            )
            .first()
        )
        if row is None:
            raise QuarantineAbsent(f"no quarantine {quarantine_id} is in force here")
        row.lifted_at = timezone.now()
        row.lifted_by = actor.record()
        row.save(update_fields=["lifted_at", "lifted_by"])
        emit(
            events.RELEASED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=row.check_digest,
            data={"check": row.check_id},
        )


def _standing(access: ProjectAccess, check_digest: str) -> QuerySet[Quarantine]:
    return Quarantine.objects.filter(
        org_id=access.org_id,
        project_id=access.project_id,
        check_digest=check_digest,
        lifted_at__isnull=True,
    )


def _check_id(access: ProjectAccess, check_digest: str) -> str:
    """The name of the check in the plan."""
    for entity in walk(plans.read_plan(access).plan()):
        declared = entity.value.get("checks")
        for each in declared if isinstance(declared, list) else ():
            if isinstance(each, dict):
                check = Check(each, entity.id)
                if check.digest == check_digest:
                    return check.id
    raise CheckAbsent(f"the plan has no check {check_digest}", digest=check_digest)
