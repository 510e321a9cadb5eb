"""The only door for other rooms."""

from __future__ import annotations

from buildrunner.server.domains.workbench.actions.choose_side import choose_side
from buildrunner.server.domains.workbench.actions.report_drift import forget_report, report_drift
from buildrunner.server.domains.workbench.errors.reconcile import (
    ChoiceInvalid,
    ConflictAbsent,
    ConflictMoved,
    ReportAbsent,
)
from buildrunner.server.domains.workbench.queries.reconcile import drifted
from buildrunner.server.domains.workbench.queries.reports import list_choices, list_reports
from buildrunner.server.domains.workbench.types.reconcile import (
    ChoiceView,
    Contested,
    Drifted,
    Filters,
    Meeting,
    ReportIn,
    ReportView,
    Seen,
)

__all__ = [
    "ChoiceInvalid",
    "ChoiceView",
    "ConflictAbsent",
    "ConflictMoved",
    "Contested",
    "Drifted",
    "Filters",
    "Meeting",
    "ReportAbsent",
    "ReportIn",
    "ReportView",
    "Seen",
    "choose_side",
    "drifted",
    "forget_report",
    "list_choices",
    "list_reports",
    "report_drift",
]
