"""Drafts of a project, and how one stands beside the plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.errors.create import DraftAbsent, DraftRefused
from buildrunner.server.domains.workbench.models.create import Draft
from buildrunner.server.domains.workbench.rules import create as rules
from buildrunner.server.domains.workbench.types.create import DraftView, Standing
from buildrunner.spec.diff import apply
from buildrunner.spec.document import walk
from buildrunner.spec.drafting import counted, raised
from buildrunner.spec.layout import dumps
from buildrunner.spec.lint import lint

if TYPE_CHECKING:
    from django.db.models import QuerySet

_FIELDS = (
    "id", "kind", "name", "state", "title", "input_digest", "base_revision", "revision",
    "created_at", "updated_at",
)  # fmt: skip


def drafts_of(access: ProjectAccess) -> QuerySet[Draft]:
    """The drafts of a project."""
    return Draft.objects.filter(org_id=access.org_id, project_id=access.project_id)


def list_drafts(
    access: ProjectAccess, *, before: UUID | None = None, limit: int = 50
) -> list[DraftView]:
    """The drafts, newest first."""
    access.require("plan.read")
    rows = drafts_of(access).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [draft_view(row) for row in rows[:limit]]


def read_draft(access: ProjectAccess, draft_id: UUID) -> DraftView:
    """One draft. Raises DraftAbsent."""
    access.require("plan.read")
    return draft_view(draft_row(access, draft_id))


def draft_row(access: ProjectAccess, draft_id: UUID, *, locked: bool = False) -> Draft:
    """The row. Raises DraftAbsent."""
    rows = drafts_of(access).select_for_update() if locked else drafts_of(access)
    row = rows.filter(id=draft_id).first()
    if row is None:
        raise DraftAbsent(f"this project has no draft {draft_id}")
    return row


def draft_view(row: Draft) -> DraftView:
    """A row as others see it."""
    content = json.loads(row.content)
    return DraftView(
        **{name: getattr(row, name) for name in _FIELDS},
        counts=counted(content["items"]),
        by=row.author,
        added=row.added,
        content=content,
        text=row.text,
    )


def head_of(access: ProjectAccess) -> tuple[int, dict[str, Any] | None]:
    """(revision, plan) of the project; (0, None) while there is none."""
    try:
        stored = plans.read_plan(access)
    except plans.PlanAbsent:
        return 0, None
    return stored.revision, stored.plan()


def standing_of(access: ProjectAccess, view: DraftView) -> Standing:
    """What accepting everything would do to the plan as it is now."""
    access.require("plan.read")
    revision, plan = head_of(access)
    base = plan or rules.first_plan(access.title, str(access.project_id), rules.EPOCH)
    version = str(base.get("version", "")) if plan else ""
    titles = {
        entity.id: str(entity.value.get("title") or entity.id)
        for entity in walk(base)
        if entity.kind != "microstep"
    }
    try:
        added = rules.additions(
            base, view.content, [item["id"] for item in view.content["items"]],
            whole=False, now=rules.EPOCH,
        )  # fmt: skip
    except DraftRefused as refusal:
        return Standing(revision, version, version, [{"message": refusal.detail}], titles)
    after = apply(base, added.operations)
    mine = set(added.ids.values())
    findings = [
        finding.as_dict() for finding in lint(dumps(after).encode()) if finding.entity_id in mine
    ]
    coming = raised(version) or version or str(base["version"])
    return Standing(revision, version, coming, findings, titles)
