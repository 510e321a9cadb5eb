"""Ask those who run checks to run some again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.evidence.checks import checks_in
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import events
from buildrunner.server.domains.qa.errors import CheckAbsent
from buildrunner.server.domains.qa.types import RerunRequest
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.ids import resolve

MOST = 100


def request_rerun(
    actor: Actor, project_id: UUID, *, microstep_ids: Sequence[str], check_id: str | None = None
) -> RerunRequest:
    """Leave an event that runners and webhooks hear of, and say which command does it.

    The server runs nothing itself. Raises EntityAbsent, CheckAbsent, Invalid.
    """
    if not 0 < len(microstep_ids) <= MOST:
        raise Invalid(f"name 1 to {MOST} microsteps", field="microstep_ids")
    with project_scope(actor, project_id, "evidence.write") as access:
        plan = plans.read_plan(access).plan()
        ids = []
        for identifier in microstep_ids:
            entity = resolve(plan, identifier)
            if entity is None or entity.kind != "microstep":
                raise plans.EntityAbsent(identifier, "microstep")
            if check_id and check_id not in {check.id for check in checks_in(entity)}:
                raise CheckAbsent(f"{entity.id} has no check {check_id!r}", check=check_id)
            ids.append(entity.id)
        ids = list(dict.fromkeys(ids))
        command = f"br qa run {' '.join(ids)}"
        emit(
            events.RERUN,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=ids[0] if len(ids) == 1 else "",
            data={"microsteps": ids, "check": check_id, "command": command},
        )
        return RerunRequest(ids, check_id, command)
