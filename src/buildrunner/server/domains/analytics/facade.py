"""The door to analytics."""

from buildrunner.server.domains.analytics.actions.collect_usage import collect_due, collect_usage
from buildrunner.server.domains.analytics.actions.manage_sources import (
    add_source,
    ask_collection,
    change_source,
    remove_source,
)
from buildrunner.server.domains.analytics.actions.review_anomaly import review_anomaly
from buildrunner.server.domains.analytics.actions.schedule_report import (
    change_report,
    remove_report,
    schedule_report,
)
from buildrunner.server.domains.analytics.actions.send_reports import (
    pdf_of,
    send_due,
    send_report,
)
from buildrunner.server.domains.analytics.actions.watch_figures import (
    watch_everything,
    watch_figures,
)
from buildrunner.server.domains.analytics.policies import place_scope
from buildrunner.server.domains.analytics.queries.anomalies import (
    anomaly_scope,
    cause_views,
    get_anomaly,
    labelled,
    list_anomalies,
    open_anomalies,
)
from buildrunner.server.domains.analytics.queries.history import figure_history
from buildrunner.server.domains.analytics.queries.measures import measures, period_of
from buildrunner.server.domains.analytics.queries.reporting import cost_of, report_now
from buildrunner.server.domains.analytics.queries.reports import list_reports
from buildrunner.server.domains.analytics.queries.rows import rows_behind
from buildrunner.server.domains.analytics.queries.sources import list_sources
from buildrunner.server.domains.analytics.rules.export import as_csv, charts_of
from buildrunner.server.domains.analytics.rules.export import pdf_of as measures_pdf
from buildrunner.server.domains.analytics.rules.export import words as figure_words
from buildrunner.server.domains.analytics.rules.kinds import KINDS as SOURCE_KINDS
from buildrunner.server.domains.analytics.rules.telling import KINDS as ANOMALY_KINDS
from buildrunner.server.domains.analytics.rules.telling import explanation
from buildrunner.server.domains.analytics.rules.telling import title as anomaly_title
from buildrunner.server.domains.analytics.types.measures import (
    Breakdown,
    Figure,
    Measures,
    Part,
    RowGroup,
    Rows,
    Section,
)
from buildrunner.server.domains.analytics.types.reporting import Report
from buildrunner.server.domains.analytics.types.watching import (
    AnomalyView,
    Collected,
    ReportView,
    SourceView,
)

__all__ = [
    "ANOMALY_KINDS",
    "SOURCE_KINDS",
    "AnomalyView",
    "Breakdown",
    "Collected",
    "Figure",
    "Measures",
    "Part",
    "Report",
    "ReportView",
    "RowGroup",
    "Rows",
    "Section",
    "SourceView",
    "add_source",
    "anomaly_scope",
    "anomaly_title",
    "as_csv",
    "ask_collection",
    "cause_views",
    "change_report",
    "change_source",
    "charts_of",
    "collect_due",
    "collect_usage",
    "cost_of",
    "explanation",
    "figure_history",
    "figure_words",
    "get_anomaly",
    "labelled",
    "list_anomalies",
    "list_reports",
    "list_sources",
    "measures",
    "measures_pdf",
    "open_anomalies",
    "pdf_of",
    "period_of",
    "place_scope",
    "remove_report",
    "remove_source",
    "report_now",
    "review_anomaly",
    "rows_behind",
    "schedule_report",
    "send_due",
    "send_report",
    "watch_everything",
    "watch_figures",
]
