"""Velocity, quality, duration, cost and budgets."""

from __future__ import annotations

from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import FigureRows, Measures


class Analytics(Resource):
    """`/api/analytics`."""

    def measures(
        self,
        project_id: str,
        *,
        first: str | None = None,
        last: str | None = None,
        who: str = "",
        phase: str = "",
    ) -> Measures:
        """The figures from one day to another (`2026-11-01`), without them the last four weeks."""
        asked = _asked(project_id, first, last, who, phase)
        return self._transport.get("/api/analytics/measures", Measures, **asked)

    def rows(
        self,
        project_id: str,
        of: str,
        *,
        by: str = "",
        key: str = "",
        first: str | None = None,
        last: str | None = None,
        who: str = "",
        phase: str = "",
    ) -> FigureRows:
        """The rows behind a figure, or behind the part `key` of its breakdown by `by`."""
        asked = _asked(project_id, first, last, who, phase)
        part = {name: value for name, value in (("by", by), ("key", key)) if value}
        return self._transport.get("/api/analytics/rows", FigureRows, of=of, **part, **asked)

    def export(
        self,
        project_id: str,
        *,
        format: str = "csv",
        first: str | None = None,
        last: str | None = None,
        who: str = "",
        phase: str = "",
    ) -> bytes:
        """The same as a file: `csv`, `json` or `pdf`."""
        params = {**_asked(project_id, first, last, who, phase), "format": format}
        answer = self._transport.request("GET", "/api/analytics/export", params=params)
        return answer.content


def _asked(
    project_id: str, first: str | None, last: str | None, who: str, phase: str
) -> dict[str, str]:
    given = {"project_id": project_id, "from": first, "to": last, "who": who, "phase": phase}
    return {name: value for name, value in given.items() if value}
