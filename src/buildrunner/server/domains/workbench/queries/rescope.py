"""Reads of proposals, and what a proposal is made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.errors.rescope import RescopeAbsent
from buildrunner.server.domains.workbench.models.rescope import Rescope
from buildrunner.server.domains.workbench.types.rescope import RescopeView
from buildrunner.spec.diff import apply

# Ids of what was removed lately are not given out again: a clone may still edit what bore them.
_LOOK_BACK = 200
_VOUCHED = frozenset({"evidence", "signed", "attested"})


def list_rescopes(
    access: ProjectAccess, *, state: str | None = None, before: UUID | None = None, limit: int = 50
) -> list[RescopeView]:
    """Proposals, newest first."""
    access.require("plan.read")
    rows = Rescope.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(id__lt=before)
    head = plans.read_head(access).revision
    return [rescope_view(row, head) for row in rows.order_by("-id")[:limit]]


def read_rescope(access: ProjectAccess, rescope_id: UUID) -> RescopeView:
    """One proposal. Raises RescopeAbsent."""
    access.require("plan.read")
    row = Rescope.objects.filter(
        org_id=access.org_id, project_id=access.project_id, id=rescope_id
    ).first()
    if row is None:
        raise RescopeAbsent(f"this project has no proposal {rescope_id}")
    return rescope_view(row, plans.read_head(access).revision)


def rescope_view(row: Rescope, head: int) -> RescopeView:
    """A row as others see it."""
    return RescopeView(
        id=row.id,
        state=row.state,
        instruction=row.instruction,
        acts=json.loads(row.acts),
        base_revision=row.base_revision,
        base_hash=row.base_hash,
        operations=json.loads(row.operations),
        reasons=json.loads(row.reasons),
        impact=json.loads(row.impact),
        precheck=json.loads(row.precheck),
        by=row.actor,
        created_at=row.created_at,
        note=row.note,
        revision=row.revision,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        behind=max(0, head - row.base_revision) if row.state == "open" else 0,
    )


def vouched_for(access: ProjectAccess) -> list[str]:
    """The microsteps that something or somebody vouches for now."""
    return [line.microstep_id for line in qa.Survey(access).lines if line.proof in _VOUCHED]


def spent_ids(access: ProjectAccess, head: int) -> set[str]:
    """Ids not to give out again."""
    recent = plans.operations_between(access, max(0, head - _LOOK_BACK), head)
    return {operation["id"] for operation in recent if operation["op"] == "remove"}


def compared(access: ProjectAccess, view: RescopeView) -> plans.Comparison:
    """The plan of a proposal's base beside what it makes of it."""
    before = plans.document_at(access, view.base_revision)
    after = apply(before, view.operations)
    return plans.Comparison(
        view.base_revision, view.base_revision + 1, before, after, view.operations
    )


def moves_of(before: dict[str, Any], after: dict[str, Any]) -> Sequence[plans.Move]:
    """The changes of status between two plans, for those who may bar them."""
    from buildrunner.spec.document import microsteps

    old = {entity.id: entity.value.get("status") for entity in microsteps(before)}
    new = {entity.id: entity.value.get("status") for entity in microsteps(after)}
    return [
        (name, old.get(name), status) for name, status in new.items() if old.get(name) != status
    ]
