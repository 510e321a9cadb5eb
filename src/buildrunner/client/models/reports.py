"""Scheduled reports."""

from __future__ import annotations

import msgspec


class ReportSchedule(msgspec.Struct, frozen=True):
    """A report that is mailed; `recipients` are names by the ids of people."""

    id: str
    project_id: str
    frequency: str
    hour: int
    recipients: dict[str, str]
    enabled: bool
    state: str
    next_at: str
    sent_at: str | None
    failures: int
    retry_at: str | None
    last_error: str
    created_at: str


class ReportMeasure(msgspec.Struct, frozen=True):
    """A figure of the period beside the one before; `change` is in percent."""

    name: str
    title: str
    value: str
    before: str
    change: float | None


class ReportListing(msgspec.Struct, frozen=True):
    """A table of a report."""

    title: str
    header: list[str]
    rows: list[list[str]]


class Report(msgspec.Struct, frozen=True):
    """What a report of the last whole period says."""

    title: str
    frequency: str
    period: str
    since: str
    until: str
    measures: list[ReportMeasure]
    insights: list[str]
    listings: list[ReportListing]
