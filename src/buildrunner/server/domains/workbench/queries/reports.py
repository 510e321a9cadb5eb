"""Reports of clones, and what was decided about their conflicts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.models.reconcile import ConflictChoice, DriftReport
from buildrunner.server.domains.workbench.rules.reconcile import counts_of
from buildrunner.server.domains.workbench.types.reconcile import (
    ChoiceView,
    Conflict,
    ReportView,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

# A clone that was not heard of for so long is taken for gone.
HEARD = timedelta(days=90)


def reports_of(access: ProjectAccess) -> QuerySet[DriftReport]:
    """The reports of a project."""
    return DriftReport.objects.filter(org_id=access.org_id, project_id=access.project_id)


def choices_of(access: ProjectAccess) -> QuerySet[ConflictChoice]:
    """The decisions of a project."""
    return ConflictChoice.objects.filter(org_id=access.org_id, project_id=access.project_id)


def list_reports(access: ProjectAccess) -> list[ReportView]:
    """The reports of the last 90 days, newest first."""
    access.require("plan.read")
    rows = reports_of(access).filter(reported_at__gt=timezone.now() - HEARD)
    return [report_view(row) for row in rows.order_by("-reported_at")]


def list_choices(
    access: ProjectAccess, *, before: UUID | None = None, limit: int = 50
) -> list[ChoiceView]:
    """The decisions, newest first, those that another replaced among them."""
    access.require("plan.read")
    rows = choices_of(access).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [choice_view(row) for row in rows[:limit]]


def standing_choices(access: ProjectAccess, digests: list[str]) -> dict[str, ChoiceView]:
    """Digest → the decision that answers it."""
    rows = choices_of(access).filter(replaced_at__isnull=True, answers__isnull=False)
    wanted = set(digests)
    found: dict[str, ChoiceView] = {}
    for row in rows.order_by("-id")[:2000] if wanted else ():
        for digest in wanted.intersection(row.answers):
            found.setdefault(digest, choice_view(row))
    return found


def reported_conflict(access: ProjectAccess, digest: str) -> tuple[ReportView, Conflict] | None:
    """A conflict that stands in a report, with the newest report that has it."""
    for report in list_reports(access):
        for conflict in report.conflicts:
            if conflict["digest"] == digest:
                return report, conflict
    return None


def report_view(row: DriftReport) -> ReportView:
    """A report as others see it."""
    return ReportView(
        id=row.id,
        clone=row.clone,
        label=row.label,
        branch=row.branch,
        commit=row.commit,
        since=row.since,
        base_revision=row.base_revision,
        by={
            name: row.actor.get(name)
            for name in ("id", "name", "kind", "label")
            if name in row.actor
        },
        reported_at=row.reported_at,
        findings=row.findings,
        conflicts=json.loads(row.conflicts),
        overlaps=row.overlaps,
        counts=counts_of(row.findings),
    )


def choice_view(row: ConflictChoice) -> ChoiceView:
    """A decision as others see it."""
    return ChoiceView(
        id=row.id,
        digest=row.digest,
        answers=list(row.answers),
        entity_id=row.entity_id,
        field=row.field,
        title=row.title,
        choice=row.choice,
        resolution=json.loads(row.resolution),
        conflict=json.loads(row.conflict),
        revision=row.revision,
        clone=row.clone,
        branch=row.branch,
        by={
            name: row.actor.get(name)
            for name in ("id", "name", "kind", "label")
            if name in row.actor
        },
        at=row.created_at,
        replaced_at=row.replaced_at,
    )
