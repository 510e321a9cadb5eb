"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import Conflict, Invalid, NotFound


class AnomalyAbsent(NotFound):
    """No anomaly of this id here."""

    code = "anomaly_not_found"


class AnomalySettled(Conflict):
    """It was resolved or dismissed already, or has that status."""

    code = "anomaly_settled"
    title = "The anomaly has been reviewed"


class UsageSourceAbsent(NotFound):
    """No source of this id here."""

    code = "usage_source_not_found"


class UsageSourceInvalid(Invalid):
    """The source could never be read so."""

    code = "usage_source_invalid"
    title = "The source is not acceptable"


class UsageSourceStands(Conflict):
    """Another source has the name, or there are as many as there may be."""

    code = "usage_source_exists"


class ReportScheduleAbsent(NotFound):
    """No schedule of this id here."""

    code = "report_schedule_not_found"


class ReportScheduleInvalid(Invalid):
    """The schedule could never be kept so."""

    code = "report_schedule_invalid"
    title = "The schedule is not acceptable"


class PeriodInvalid(Invalid):
    """A period that ends before it begins, or is too long."""

    code = "period_invalid"
    title = "The period is not acceptable"
