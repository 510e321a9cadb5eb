"""The tables of the room."""

from buildrunner.server.domains.analytics.models.anomalies import Anomaly
from buildrunner.server.domains.analytics.models.evidence import EvidenceMark, EvidenceSum
from buildrunner.server.domains.analytics.models.reports import ReportMail, ReportSchedule
from buildrunner.server.domains.analytics.models.sources import Source

__all__ = ["Anomaly", "EvidenceMark", "EvidenceSum", "ReportMail", "ReportSchedule", "Source"]
