"""Take items of a draft into the plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.create import (
    DraftClosed,
    DraftMoved,
    DraftRefused,
)
from buildrunner.server.domains.workbench.events import create as events
from buildrunner.server.domains.workbench.queries.create import draft_row, draft_view, head_of
from buildrunner.server.domains.workbench.rules import create as rules
from buildrunner.server.domains.workbench.types.create import ACCEPTED, OPEN, Accepted
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.diff import apply
from buildrunner.spec.layout import dumps


def accept_items(
    actor: Actor,
    project_id: UUID,
    draft_id: UUID,
    *,
    items: list[str] | None = None,
    base_revision: int | None = None,
    whole: bool = True,
) -> Accepted:
    """Add the items named, with their parents, as one revision; the version's minor part rises.

    None takes all that are not optional. With `whole`, a named milestone or step brings what is
    below it. `base_revision`, the draft's unless given, must be the plan's. Needs `plan.write`.
    Raises DraftAbsent, DraftClosed, DraftMoved, DraftRefused, and what the plan refuses.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        row = draft_row(access, draft_id, locked=True)
        if row.state != OPEN:
            raise DraftClosed(f"This draft is {row.state} already.")
        revision, plan = head_of(access)
        base = row.base_revision if base_revision is None else base_revision
        if revision != base:
            raise DraftMoved(base, revision)
        now = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        before = plan or rules.first_plan(access.title, str(project_id), now)
        content = draft_view(row).content
        added = rules.additions(before, content, items, whole=whole, now=now)
        if not added.operations:
            raise DraftRefused(
                "Nothing is left to add: choose items that the plan does not have.",
                reason="nothing_chosen",
            )
        count = len(added.ids) - len(added.skipped)
        message = f"Create: {count} item{'s' * (count != 1)} from {row.name}"
        after = apply(before, added.operations)
        saved = _save(actor, access, plan, after, added.operations, revision, message)
        row.state, row.revision, row.added = ACCEPTED, saved, added.ids
        row.save(update_fields=["state", "revision", "added", "updated_at"])
        new = [name for item, name in added.ids.items() if item not in added.skipped]
        emit(
            events.ACCEPTED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data={
                "revision": saved,
                "version": str(after.get("version", "")),
                "items": new[: events.MOST_NAMED],
                "count": len(new),
                "skipped": len(added.skipped),
            },
        )
        return Accepted(
            draft_view(row), saved, str(after.get("version", "")), added.ids, added.skipped
        )


def _save(
    actor: Actor,
    access: ProjectAccess,
    plan: dict[str, Any] | None,
    after: dict[str, Any],
    operations: list[dict[str, Any]],
    revision: int,
    message: str,
) -> int:
    """The revision that was written: the project's first, or one more."""
    if plan is None:
        data = dumps(after).encode()
        return plans.save_plan(actor, access.project_id, data=data, message=message).revision
    return plans.edit_plan(
        actor,
        access.project_id,
        change=operations,
        expected_revision=revision,
        message=message,
    ).revision
