"""Decide a conflict that a clone reported."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.reconcile import ConflictAbsent, ConflictMoved
from buildrunner.server.domains.workbench.events import reconcile as events
from buildrunner.server.domains.workbench.models.reconcile import ConflictChoice
from buildrunner.server.domains.workbench.queries.reports import (
    choice_view,
    choices_of,
    reported_conflict,
)
from buildrunner.server.domains.workbench.rules import reconcile as rules
from buildrunner.server.domains.workbench.types.reconcile import ChoiceView, Conflict
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.document import index, root
from buildrunner.spec.values import ABSENT, same


def choose_side(
    actor: Actor, project_id: UUID, *, digest: str, choice: str, value: Any = ABSENT
) -> ChoiceView:
    """Let ours (the clone's), theirs (the server's), both or another value stand.

    Of a whole field the value is written into the plan at once, as one revision; of anything else
    the clone does it with its next sync, which asks for this answer. Both values stay on the
    record. Needs `plan.write`.

    Raises ConflictAbsent, ConflictMoved where the plan is not any more what was shown,
    ChoiceInvalid, and what `plans.edit_plan` refuses.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        reported = reported_conflict(access, digest)
        if reported is None:
            raise ConflictAbsent(
                "No clone reports this conflict any more: it was settled, or it reads otherwise by "
                f"now. Look again: /projects/{project_id}/reconcile"
            )
        report, conflict = reported
        resolution = rules.resolution_of(conflict, choice, value)
        stands = rules.value_of(conflict, resolution)
        earlier = (
            choices_of(access).select_for_update().filter(digest=digest, replaced_at__isnull=True)
        )
        before = earlier.first()
        revision = _write(actor, access, conflict, stands, before)
        if before is not None:
            before.replaced_at = timezone.now()
            before.save(update_fields=["replaced_at"])
        row = ConflictChoice.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            digest=digest,
            answers=rules.answers_of(conflict, stands),
            entity_id=conflict["id"],
            field=conflict["field"],
            title=conflict["title"],
            choice=choice,
            resolution=json.dumps(resolution, ensure_ascii=False),
            conflict=json.dumps(conflict, ensure_ascii=False),
            revision=revision,
            clone=report.clone,
            branch=report.branch,
            actor=actor.record(),
            person_id=actor.person_id,
        )
        emit(
            events.CHOSEN,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=conflict["id"],
            data={
                "digest": digest,
                "id": conflict["id"],
                "field": conflict["field"],
                "choice": choice,
                **rules.told(conflict, stands),
                "clone": report.clone,
                "branch": report.branch,
                "revision": revision,
                "replaces": str(before.id) if before else None,
            },
        )
        return choice_view(row)


def _write(
    actor: Actor,
    access: ProjectAccess,
    conflict: Conflict,
    stands: Any,
    before: ConflictChoice | None,
) -> int | None:
    """Put the value into the plan; None where it is there already, or the clone has to do it."""
    if not rules.is_field(conflict):
        return None
    identifier, field = conflict["id"], conflict["field"]
    plan = plans.read_plan(access).plan()
    entity = root(plan) if identifier == "" else index(plan).get(identifier)
    current = ABSENT if entity is None else entity.value.get(field, ABSENT)
    expected = conflict.get("theirs", ABSENT)
    if before is not None and not same(current, expected):
        # A decision is changed: what it wrote stands in the plan.
        expected = rules.value_of(conflict, json.loads(before.resolution))
    if entity is None or not same(current, expected):
        name = f"{identifier or 'The plan'}.{field}"
        raise ConflictMoved(name, {} if current is ABSENT else {"current": current})
    if same(current, stands):
        return None
    place = {"id": identifier, "field": field}
    operation = (
        {"op": "unset", **place} if stands is ABSENT else {"op": "set", **place, "value": stands}
    )
    saved = plans.edit_plan(
        actor,
        access.project_id,
        change=[operation],
        seen=[plans.Seen(identifier, field, current)],
        message=f"Decide the conflict about {identifier or 'the plan'} {field}"[:200],
    )
    return saved.revision if saved.created else None
