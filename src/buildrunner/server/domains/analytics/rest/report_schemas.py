"""Reports as the API takes and answers them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
FrequencyName = Literal["daily", "weekly", "monthly"]
Recipient = Annotated[str, StringConstraints(max_length=320, strip_whitespace=True)]


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class ReportScheduleIn(Body):
    """A report of a project. `recipients` are addresses or ids of people who see its figures;
    without any it is the caller. `hour` is UTC."""

    project_id: UUID
    frequency: FrequencyName
    recipients: list[Recipient] = Field(default_factory=list, max_length=50)
    hour: int = Field(6, ge=0, le=23)

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"project_id": _ID, "frequency": "weekly"})
    )


class ReportScheduleChangeIn(Body):
    """What changes; `enabled: false` pauses it."""

    recipients: list[Recipient] | None = Field(None, max_length=50)
    hour: int | None = Field(None, ge=0, le=23)
    enabled: bool | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"enabled": False})
    )


class ReportScheduleOut(Schema):
    """A schedule; `recipients` are names by the ids of people. While mailing fails, `retry_at` says
    when it is tried next."""

    id: UUID
    project_id: UUID
    frequency: FrequencyName
    hour: int
    recipients: dict[str, str]
    enabled: bool
    state: Literal["waiting", "paused", "failing"]
    next_at: datetime
    sent_at: datetime | None
    failures: int
    retry_at: datetime | None
    last_error: str
    created_at: datetime

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "project_id": _ID,
            "frequency": "weekly",
            "hour": 6,
            "recipients": {_ID: "Ada"},
            "enabled": True,
            "state": "waiting",
            "next_at": "2026-11-30T06:00:00Z",
            "sent_at": None,
            "failures": 0,
            "retry_at": None,
            "last_error": "",
            "created_at": "2026-11-23T13:00:00Z",
        }
    )


class ReportMeasureOut(Schema):
    """A figure of the period beside the one before; `change` is in percent."""

    name: str
    title: str
    value: str
    before: str
    change: float | None


class ReportListingOut(Schema):
    """A table of a report."""

    title: str
    header: list[str]
    rows: list[list[str]]


class ReportOut(Schema):
    """What a report of the last whole period says, as it is mailed."""

    title: str
    frequency: FrequencyName
    period: str
    since: date
    until: date
    measures: list[ReportMeasureOut]
    insights: list[str]
    listings: list[ReportListingOut]

    model_config: ClassVar[ConfigDict] = _example(
        {
            "title": "Daily report of Shop, 2026-11-22",
            "frequency": "daily",
            "period": "2026-11-22",
            "since": "2026-11-22",
            "until": "2026-11-23",
            "measures": [],
            "insights": [],
            "listings": [],
        }
    )
