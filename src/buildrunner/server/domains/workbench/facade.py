"""The only door for other rooms."""

from __future__ import annotations

from buildrunner.server.domains.workbench.actions.accept_items import accept_items
from buildrunner.server.domains.workbench.actions.choose_side import choose_side
from buildrunner.server.domains.workbench.actions.decide_rescope import (
    apply_rescope,
    discard_rescope,
)
from buildrunner.server.domains.workbench.actions.draft_by_model import draft_by_model
from buildrunner.server.domains.workbench.actions.propose_rescope import propose_rescope
from buildrunner.server.domains.workbench.actions.report_drift import forget_report, report_drift
from buildrunner.server.domains.workbench.actions.rescope_by_model import rescope_by_model
from buildrunner.server.domains.workbench.actions.runs import (
    beat_run,
    close_silent_runs,
    end_run,
    start_run,
)
from buildrunner.server.domains.workbench.actions.start_draft import (
    answer_draft,
    discard_draft,
    start_draft,
)
from buildrunner.server.domains.workbench.actions.work import (
    add_link,
    finish_work,
    hand_over,
    start_work,
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
from buildrunner.server.domains.workbench.errors.rescope import (
    InstructionUnclear,
    RescopeAbsent,
    RescopeClosed,
    RescopeUnready,
)
from buildrunner.server.domains.workbench.errors.runs import RunAbsent, RunClosed
from buildrunner.server.domains.workbench.queries.context import MOST_BUDGET, context_pack
from buildrunner.server.domains.workbench.queries.create import (
    list_drafts,
    read_draft,
    standing_of,
)
from buildrunner.server.domains.workbench.queries.flow import (
    flow_dot,
    flow_json,
    flow_svg,
    read_flow,
)
from buildrunner.server.domains.workbench.queries.mine import bench_of, colleagues, item_detail
from buildrunner.server.domains.workbench.queries.progress import read_progress, status_changes
from buildrunner.server.domains.workbench.queries.reconcile import drifted
from buildrunner.server.domains.workbench.queries.reports import list_choices, list_reports
from buildrunner.server.domains.workbench.queries.rescope import (
    compared,
    list_rescopes,
    read_rescope,
)
from buildrunner.server.domains.workbench.queries.runs import list_runs, read_run
from buildrunner.server.domains.workbench.queries.timeline import (
    Places,
    count_events,
    every_event,
    list_events,
    timeline_filters,
)
from buildrunner.server.domains.workbench.rules.timeline import lasted, rank
from buildrunner.server.domains.workbench.rules.timeline_charts import (
    burn_up_spec,
    lanes_spec,
    thinned,
)
from buildrunner.server.domains.workbench.rules.timeline_window import LANES, ZOOMS
from buildrunner.server.domains.workbench.types.create import (
    Accepted,
    DraftIn,
    DraftView,
    Standing,
)
from buildrunner.server.domains.workbench.types.mine import (
    Bench,
    ContextPack,
    ItemDetail,
    Nearby,
    WorkItem,
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
from buildrunner.server.domains.workbench.types.rescope import RescopeView
from buildrunner.server.domains.workbench.types.runs import (
    DEFAULT_TTL,
    MAX_TTL,
    MIN_TTL,
    RunCost,
    RunIn,
    RunStory,
    RunView,
)
from buildrunner.server.domains.workbench.types.timeline import (
    Buckets,
    Change,
    Progress,
    TimelineEvent,
    TimelineFilters,
)

__all__ = [
    "DEFAULT_TTL",
    "LANES",
    "MAX_TTL",
    "MIN_TTL",
    "MOST_BUDGET",
    "ZOOMS",
    "Accepted",
    "Bench",
    "Buckets",
    "Change",
    "ChoiceInvalid",
    "ChoiceView",
    "ConflictAbsent",
    "ConflictMoved",
    "Contested",
    "ContextPack",
    "DraftAbsent",
    "DraftClosed",
    "DraftIn",
    "DraftMoved",
    "DraftRefused",
    "DraftView",
    "Drifted",
    "Filters",
    "InstructionUnclear",
    "ItemDetail",
    "Meeting",
    "Nearby",
    "Places",
    "Progress",
    "ReportAbsent",
    "ReportIn",
    "ReportView",
    "RescopeAbsent",
    "RescopeClosed",
    "RescopeUnready",
    "RescopeView",
    "RunAbsent",
    "RunClosed",
    "RunCost",
    "RunIn",
    "RunStory",
    "RunView",
    "Seen",
    "Standing",
    "TimelineEvent",
    "TimelineFilters",
    "WorkItem",
    "accept_items",
    "add_link",
    "answer_draft",
    "apply_rescope",
    "beat_run",
    "bench_of",
    "burn_up_spec",
    "choose_side",
    "close_silent_runs",
    "colleagues",
    "compared",
    "context_pack",
    "count_events",
    "discard_draft",
    "discard_rescope",
    "draft_by_model",
    "drifted",
    "end_run",
    "every_event",
    "finish_work",
    "flow_dot",
    "flow_json",
    "flow_svg",
    "forget_report",
    "hand_over",
    "item_detail",
    "lanes_spec",
    "lasted",
    "list_choices",
    "list_drafts",
    "list_events",
    "list_reports",
    "list_rescopes",
    "list_runs",
    "propose_rescope",
    "rank",
    "read_draft",
    "read_flow",
    "read_progress",
    "read_rescope",
    "read_run",
    "report_drift",
    "rescope_by_model",
    "standing_of",
    "start_draft",
    "start_run",
    "start_work",
    "status_changes",
    "thinned",
    "timeline_filters",
]
