"""What happened when, and how the plan came along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Progress, Timeline, TimelineEvent


class Timelines(Resource):
    """Events by lane and one by one, burn-up and forecast.

    Windows are whole buckets in UTC: `zoom` is day, week, month or quarter, `first` and `last` are
    days. `area` is a kind of event or its first word, `who` the id of a person's or agent's lane,
    `item` an id in the plan with all below it.
    """

    def get(
        self,
        project_id: str,
        *,
        zoom: str | None = None,
        lanes: str | None = None,
        first: str | None = None,
        last: str | None = None,
        area: str | None = None,
        who: str | None = None,
        item: str | None = None,
    ) -> Timeline:
        """Counts by lane (milestone, person or agent) and bucket."""
        asked = {"zoom": zoom, "lanes": lanes, "from": first, "to": last}
        path = _base(project_id)
        return self._transport.get(path, Timeline, **asked, area=area, who=who, item=item)

    def events(
        self,
        project_id: str,
        *,
        zoom: str | None = None,
        first: str | None = None,
        last: str | None = None,
        area: str | None = None,
        who: str | None = None,
        item: str | None = None,
    ) -> Iterator[TimelineEvent]:
        """The events of the window, newest first."""
        asked = {"zoom": zoom, "from": first, "to": last, "area": area, "who": who, "item": item}
        return self._transport.pages(f"{_base(project_id)}/events", TimelineEvent, **asked)

    def progress(self, project_id: str) -> Progress:
        """Burn-up, forecast, lead and cycle time, and how the milestones stand."""
        return self._transport.get(f"{_base(project_id)}/progress", Progress)

    def picture(
        self,
        project_id: str,
        *,
        of: Literal["progress", "lanes"] = "progress",
        form: Literal["svg", "png"] = "svg",
    ) -> bytes:
        """The burn-up, or the lanes of the last 30 days, as a picture."""
        path = _base(project_id) + ("/progress" if of == "progress" else "")
        return (self._transport.request("GET", path, params={"format": form})).content


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/timeline"
