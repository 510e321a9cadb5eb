"""The tables of the room."""

from buildrunner.server.domains.analytics.models.anomalies import Anomaly
from buildrunner.server.domains.analytics.models.reports import ReportMail, ReportSchedule
from buildrunner.server.domains.analytics.models.sources import Source

__all__ = ["Anomaly", "ReportMail", "ReportSchedule", "Source"]
