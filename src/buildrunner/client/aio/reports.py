"""Reports on schedule."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import Report, ReportSchedule

_BASE = "/api/analytics/reports"


class AsyncReports(AsyncResource):
    """`/api/analytics/reports`."""

    def list(self, project_id: str) -> AsyncIterator[ReportSchedule]:
        """The schedules of a project."""
        return self._transport.pages(_BASE, ReportSchedule, project_id=project_id)

    async def schedule(
        self,
        project_id: str,
        frequency: str,
        *,
        recipients: builtins.list[str] | None = None,
        hour: int = 6,
    ) -> ReportSchedule:
        """Mail it daily, weekly or monthly, at an hour in UTC; to oneself unless said."""
        body = {
            "project_id": project_id,
            "frequency": frequency,
            "recipients": recipients or [],
            "hour": hour,
        }
        return await self._transport.send("POST", f"{_BASE}/schedule", ReportSchedule, body)

    async def preview(self, project_id: str, *, frequency: str = "daily") -> Report:
        """What it would say now."""
        path = f"{_BASE}/preview"
        return await self._transport.get(path, Report, project_id=project_id, frequency=frequency)

    async def update(
        self,
        report_id: str,
        *,
        recipients: builtins.list[str] | None = None,
        hour: int | None = None,
        enabled: bool | None = None,
    ) -> ReportSchedule:
        """Change or pause it; what is `None` stays."""
        given: dict[str, Any] = {"recipients": recipients, "hour": hour, "enabled": enabled}
        body = {name: value for name, value in given.items() if value is not None}
        return await self._transport.send("PATCH", _one(report_id), ReportSchedule, body)

    async def remove(self, report_id: str) -> None:
        """Nobody is mailed any more."""
        await self._transport.request("DELETE", _one(report_id), keyed=True)


def _one(report_id: str) -> str:
    return f"{_BASE}/{wire.segment(report_id)}"
