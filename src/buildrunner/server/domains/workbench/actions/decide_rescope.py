"""Apply a proposal as one revision, or discard it; its record stays."""

from __future__ import annotations

import json
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.rescope import (
    RescopeAbsent,
    RescopeClosed,
    RescopeUnready,
)
from buildrunner.server.domains.workbench.events import rescope as events
from buildrunner.server.domains.workbench.models.rescope import Rescope
from buildrunner.server.domains.workbench.queries.rescope import rescope_view
from buildrunner.server.domains.workbench.types.rescope import RescopeView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit

LONGEST_NOTE = 500
_LONGEST_MESSAGE = 150


def apply_rescope(actor: Actor, project_id: UUID, *, rescope_id: UUID) -> RescopeView:
    """Write the proposal's patch as one revision. Where the plan moved on since its base, both
    are merged; SyncConflict names what collides, and then nothing is written.

    Raises RescopeAbsent, RescopeClosed, RescopeUnready.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        row = _locked(access, rescope_id)
        check = json.loads(row.precheck)
        if not check["ok"]:
            problems = [text for each in check["checks"] for text in each["problems"]]
            raise RescopeUnready(problems)
        operations = json.loads(row.operations)
        words = row.instruction.split("\n")[0] or "by choice"
        outcome = plans.sync_plan(
            actor,
            project_id,
            request=plans.SyncRequest(
                base_revision=row.base_revision,
                base_hash=row.base_hash,
                operations=operations,
                idempotency_key=f"rescope-{row.id}",
                message=f"Rescope: {words}"[:_LONGEST_MESSAGE],
            ),
        )
        if outcome.refused:
            raise RescopeUnready([f"{one['id']}: {one['code']}" for one in outcome.refused])
        row.revision = outcome.revision
        _decide(row, actor, "applied")
        emit(
            events.APPLIED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data={
                "revision": outcome.revision,
                "base_revision": row.base_revision,
                "operations": len(operations),
            },
        )
        return rescope_view(row, outcome.revision)


def discard_rescope(
    actor: Actor, project_id: UUID, *, rescope_id: UUID, note: str = ""
) -> RescopeView:
    """Decide against a proposal. Raises RescopeAbsent, RescopeClosed."""
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters", field="note")
    with project_scope(actor, project_id, "plan.write") as access:
        row = _locked(access, rescope_id)
        row.note = note
        _decide(row, actor, "discarded")
        emit(
            events.DISCARDED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data={"note": note},
        )
        return rescope_view(row, row.base_revision)


def _locked(access: ProjectAccess, rescope_id: UUID) -> Rescope:
    row = (
        Rescope.objects.select_for_update()
        .filter(org_id=access.org_id, project_id=access.project_id, id=rescope_id)
        .first()
    )
    if row is None:
        raise RescopeAbsent(f"this project has no proposal {rescope_id}")
    if row.state != "open":
        raise RescopeClosed(row.state, row.revision)
    return row


def _decide(row: Rescope, actor: Actor, state: str) -> None:
    row.state = state
    row.decided_by = actor.record()
    row.decided_at = timezone.now()
    row.save(update_fields=["state", "note", "revision", "decided_by", "decided_at"])
