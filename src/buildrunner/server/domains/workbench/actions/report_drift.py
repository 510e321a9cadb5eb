"""Keep what a clone or CI says of itself, and let go of it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.reconcile import ReportAbsent
from buildrunner.server.domains.workbench.events import reconcile as events
from buildrunner.server.domains.workbench.models.reconcile import DriftReport
from buildrunner.server.domains.workbench.policies import may_report
from buildrunner.server.domains.workbench.queries.reports import report_view, reports_of
from buildrunner.server.domains.workbench.rules import reconcile as rules
from buildrunner.server.domains.workbench.types.reconcile import ReportIn, ReportView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit

# Of so many clones of one project the newest are kept.
MOST_REPORTS = 200


def report_drift(actor: Actor, project_id: UUID, *, report: ReportIn) -> ReportView:
    """Take the place of what the same person or service said of the same clone and branch.

    What the event says of the report before stays; a part that is not told this time stays as it
    was. Needs the right to sync (`plan.write`) or to bring evidence (`evidence.write`).
    """
    parts = {
        "findings": None if report.findings is None else rules.clean_findings(report.findings),
        "overlaps": None if report.overlaps is None else rules.clean_overlaps(report.overlaps),
        "conflicts": None if report.conflicts is None else _text(report.conflicts),
    }
    with project_scope(actor, project_id, "plan.read") as access:
        may_report(access)
        rows = reports_of(access)
        row = (
            rows.select_for_update()
            .filter(holder=holder_of(actor), clone=report.clone, branch=report.branch)
            .first()
        )
        before = _told(row) if row is not None else None
        row = row or DriftReport(
            org_id=access.org_id,
            project_id=access.project_id,
            holder=holder_of(actor),
            clone=report.clone,
            branch=report.branch,
        )
        for name in ("label", "commit", "since"):
            setattr(row, name, getattr(report, name) or getattr(row, name))
        row.base_revision = report.base_revision or row.base_revision
        row.actor, row.reported_at = actor.record(), timezone.now()
        for name, value in parts.items():
            if value is not None:
                setattr(row, name, value)
        row.save()
        _let_go(access)
        emit(
            events.REPORTED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data=_told(row) | {"before": before},
        )
        return report_view(row)


def forget_report(actor: Actor, project_id: UUID, *, report_id: UUID) -> None:
    """Take a report away, of a clone that is gone. Needs `plan.write`. Raises ReportAbsent."""
    with project_scope(actor, project_id, "plan.write") as access:
        row = reports_of(access).select_for_update().filter(id=report_id).first()
        if row is None:
            raise ReportAbsent(f"no report {report_id} stands in this project")
        told = _told(row)
        row.delete()
        emit(
            events.FORGOTTEN,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(report_id),
            data=told,
        )


def holder_of(actor: Actor) -> str:
    """Who a report is kept under: a person is one, whichever key speaks for them."""
    return str(actor.person_id or actor.kind)


def _text(conflicts: list[Any]) -> str:
    return json.dumps(rules.clean_conflicts(conflicts), ensure_ascii=False)


def _told(row: DriftReport) -> dict[str, Any]:
    return {
        "clone": row.clone,
        "label": row.label,
        "branch": row.branch,
        "commit": row.commit,
        "counts": rules.counts_of(row.findings),
        "conflicts": len(json.loads(row.conflicts)),
        "meetings": len(row.overlaps),
    }


def _let_go(access: ProjectAccess) -> None:
    old = reports_of(access).order_by("-reported_at").values_list("id", flat=True)[MOST_REPORTS:]
    reports_of(access).filter(id__in=list(old)).delete()
