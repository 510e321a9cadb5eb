"""The door to analytics."""

from buildrunner.server.domains.analytics.actions.review_anomaly import review_anomaly
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
from buildrunner.server.domains.analytics.rules.telling import KINDS as ANOMALY_KINDS
from buildrunner.server.domains.analytics.rules.telling import explanation
from buildrunner.server.domains.analytics.rules.telling import title as anomaly_title
from buildrunner.server.domains.analytics.types.watching import AnomalyView

__all__ = [
    "ANOMALY_KINDS",
    "AnomalyView",
    "anomaly_scope",
    "anomaly_title",
    "cause_views",
    "explanation",
    "get_anomaly",
    "labelled",
    "list_anomalies",
    "open_anomalies",
    "place_scope",
    "review_anomaly",
    "watch_everything",
    "watch_figures",
]
