"""The only door for other rooms."""

from __future__ import annotations

from buildrunner.server.domains.workbench.actions.accept_items import accept_items
from buildrunner.server.domains.workbench.actions.choose_side import choose_side
from buildrunner.server.domains.workbench.actions.report_drift import forget_report, report_drift
from buildrunner.server.domains.workbench.actions.start_draft import (
    answer_draft,
    discard_draft,
    start_draft,
)
from buildrunner.server.domains.workbench.errors.create import (
    DraftAbsent,
    DraftClosed,
    DraftMoved,
    DraftRefused,
)
from buildrunner.server.domains.workbench.errors.reconcile import (
    ChoiceInvalid,
    ConflictAbsent,
    ConflictMoved,
    ReportAbsent,
)
from buildrunner.server.domains.workbench.queries.create import (
    list_drafts,
    read_draft,
    standing_of,
)
from buildrunner.server.domains.workbench.queries.reconcile import drifted
from buildrunner.server.domains.workbench.queries.reports import list_choices, list_reports
from buildrunner.server.domains.workbench.types.create import (
    Accepted,
    DraftIn,
    DraftView,
    Standing,
)
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
    "Accepted",
    "ChoiceInvalid",
    "ChoiceView",
    "ConflictAbsent",
    "ConflictMoved",
    "Contested",
    "DraftAbsent",
    "DraftClosed",
    "DraftIn",
    "DraftMoved",
    "DraftRefused",
    "DraftView",
    "Drifted",
    "Filters",
    "Meeting",
    "ReportAbsent",
    "ReportIn",
    "ReportView",
    "Seen",
    "Standing",
    "accept_items",
    "answer_draft",
    "choose_side",
    "discard_draft",
    "drifted",
    "forget_report",
    "list_choices",
    "list_drafts",
    "list_reports",
    "read_draft",
    "report_drift",
    "standing_of",
    "start_draft",
]
