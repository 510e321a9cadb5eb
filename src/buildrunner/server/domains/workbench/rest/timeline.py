"""The Timeline: events by lane, events one by one, and progress."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import AwareDatetime, ConfigDict

from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, decode_cursor, page
from buildrunner.server.platform.ui.charts.drawing import MEDIA_TYPES, draw

router = Router(tags=["workbench"])
_BASE = "/projects/{uuid:project_id}/timeline"
Form = Literal["json", "csv", "svg", "png"]
_CSV = "text/csv; charset=utf-8"
_LANE: dict[str, Any] = {
    "id": "m1",
    "title": "Pay by card",
    "total": 3,
    "counts": {"2026-11-23": 3},
}
_BADGE: dict[str, Any] = {
    "id": "m1",
    "title": "Pay by card",
    "done": 2,
    "total": 3,
    "proven": 1,
    "percent": 66,
    "percent_proven": 33,
}
_SPREAD: dict[str, Any] = {"count": 2, "median": 20.5, "high": 44.0}


class WindowQuery(Schema):
    """Which events: a window of whole buckets in UTC, and filters."""

    zoom: Literal["day", "week", "month", "quarter"] = Field("day", description="The bucket")
    lanes: Literal["milestone", "person", "agent"] = "milestone"
    from_: date | None = Field(None, alias="from", description="First day; without, by the zoom")
    to: date | None = Field(None, description="Last day; without, today")
    area: str = Field("", max_length=80, description="A kind of event, or its first word (`plan`)")
    who: str = Field("", max_length=300, description="Id of a person's or agent's lane")
    item: str = Field(
        "", max_length=512, description="An id in the plan, with all below it; `-`: nothing of it"
    )

    def filters(self) -> workbench.TimelineFilters:
        """As the queries want them."""
        return workbench.timeline_filters(
            zoom=self.zoom,
            lanes=self.lanes,
            first=self.from_,
            last=self.to or datetime.now(UTC).date(),
            area=self.area,
            who=self.who,
            item=self.item,
        )


class LaneOut(Schema):
    """A row: how many events each bucket has, by its first day; empty buckets are left out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [_LANE]})

    id: str
    title: str
    total: int
    counts: dict[str, int]

    @staticmethod
    def resolve_counts(lane: Any) -> dict[str, int]:
        """Days are text in JSON."""
        return {str(day): count for day, count in lane.counts.items()}


class TimelineOut(Schema):
    """Events by lane; one that touches two milestones counts in both, in `total` once."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zoom": "day",
                    "starts": ["2026-11-23"],
                    "lanes": [_LANE],
                    "more_lanes": 0,
                    "total": 3,
                    "areas": {"plan": 2, "claim": 1},
                }
            ]
        }
    )

    zoom: str
    starts: list[date] = Field(description="The first day of each bucket")
    lanes: list[LaneOut]
    more_lanes: int = Field(description="Lanes beyond the first hundred")
    total: int
    areas: dict[str, int] = Field(description="Events by the first word of their kind")


class TimelineEventOut(Schema):
    """One event; `ids` are those of the plan that it touched."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "912",
                    "kind": "claim.taken",
                    "subject": "m1.s1.ms1",
                    "time": "2026-11-23T10:00:00Z",
                    "actor": {"kind": "person", "name": "Grace"},
                    "agent": False,
                    "ids": ["m1.s1.ms1"],
                    "milestones": ["m1"],
                    "data": {"holder": "Grace"},
                }
            ]
        }
    )

    id: str
    kind: str
    subject: str
    time: AwareDatetime
    actor: dict[str, Any]
    agent: bool
    ids: list[str]
    milestones: list[str]
    data: dict[str, Any]


class BadgeOut(Schema):
    """How a milestone stands now; percentages are of its microsteps, rounded down."""

    id: str
    title: str
    done: int
    total: int
    proven: int
    percent: int
    percent_proven: int


class SpreadOut(Schema):
    """Median and 85th percentile in hours; null over none."""

    count: int
    median: float | None
    high: float | None


class PointOut(Schema):
    """How a day (UTC) ended."""

    day: date
    scope: int
    done: int


class ForecastOut(Schema):
    """By when the rest is done, by chance in percent; `missing` says why there is no answer."""

    remaining: int
    days: int
    finished: int
    dates: dict[int, date]
    missing: str


class ProgressOut(Schema):
    """Burn-up, forecast, times and milestones."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 7,
                    "title": "Checkout",
                    "points": [{"day": "2026-11-23", "scope": 3, "done": 2}],
                    "forecast": {
                        "remaining": 1,
                        "days": 20,
                        "finished": 6,
                        "dates": {"50": "2026-11-26"},
                        "missing": "",
                    },
                    "lead": _SPREAD,
                    "cycle": _SPREAD,
                    "milestones": [_BADGE],
                }
            ]
        }
    )

    revision: int
    title: str
    points: list[PointOut]
    forecast: ForecastOut
    lead: SpreadOut = Field(description="From into the plan to done")
    cycle: SpreadOut = Field(description="From first in work to done")
    milestones: list[BadgeOut]


_FormQuery = Annotated[Form, Query(alias="format", description="What to answer with")]
_FILES: dict[str, Any] = {
    "responses": {
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": "…"},
                "image/svg+xml": {"schema": {"type": "string"}, "example": "<svg>…</svg>"},
                "image/png": {"schema": {"type": "string", "format": "binary"}, "example": "…"},
            }
        }
    }
}


@router.get(
    _BASE,
    response=TimelineOut,
    operation_id="getTimeline",
    summary="Count the events of a window by lane",
    openapi_extra=_FILES,
)
def get_timeline(
    request: HttpRequest,
    project_id: UUID,
    query: Annotated[WindowQuery, Query()],
    form: _FormQuery = "json",
) -> Any:
    """Lanes are milestones as the plan has them now, people, or agents."""
    filters = query.filters()
    with project_scope(actor_of(request), project_id, "event.read") as access:
        found = workbench.count_events(access, filters, workbench.Places(access))
    if form == "json":
        return found
    if form == "csv":
        rows = [
            [lane.id, lane.title, str(start), str(lane.counts.get(start, 0))]
            for lane in found.lanes
            for start in found.starts
        ]
        return table(["lane", "title", found.zoom, "events"], rows)
    return picture(workbench.lanes_spec(found), form)


@router.get(
    f"{_BASE}/events",
    response=Page[TimelineEventOut],
    operation_id="listTimelineEvents",
    summary="List the events of a window",
)
def list_timeline_events(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    query: Annotated[WindowQuery, Query()],
    paging: PagingQuery,
) -> dict[str, Any]:
    """Newest first."""
    before = None
    if paging.cursor:
        at, last = decode_cursor(paging.cursor, datetime.fromisoformat, int)
        before = (at, last)
    with project_scope(actor_of(request), project_id, "event.read") as access:
        found = workbench.list_events(
            access, query.filters(), workbench.Places(access), before=before, limit=paging.limit + 1
        )
    answer = page(request, response, paging, found, lambda one: (one.at.isoformat(), one.id))
    answer["items"] = [
        {
            "id": str(one.id),
            "kind": one.kind,
            "subject": one.subject,
            "time": one.at,
            "actor": one.actor,
            "agent": one.agent,
            "ids": one.ids,
            "milestones": one.milestones,
            "data": one.data,
        }
        for one in answer["items"]
    ]
    return answer


@router.get(
    f"{_BASE}/progress",
    response=ProgressOut,
    operation_id="getProgress",
    summary="Read burn-up, forecast and times",
    openapi_extra=_FILES,
)
def get_progress(request: HttpRequest, project_id: UUID, form: _FormQuery = "json") -> Any:
    """The forecast draws 500 futures from the days of the last three months; its dates are those
    by which 50, 80 and 95 of 100 are done. The pictures show the burn-up."""
    with project_scope(actor_of(request), project_id, "event.read") as access:
        found = workbench.read_progress(access)
    if form == "json":
        return found
    if form == "csv":
        rows = [[str(one.day), str(one.scope), str(one.done)] for one in found.points]
        return table(["day", "in_plan", "done"], rows)
    return picture(workbench.burn_up_spec(found, today=datetime.now(UTC).date()), form)


def table(header: list[str], rows: list[list[str]]) -> HttpResponse:
    """Rows as CSV; what a spreadsheet would take for a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"'{one}" if one[:1] in ("=", "+", "-", "@") else one for one in row])
    return HttpResponse(out.getvalue(), content_type=_CSV)


def picture(spec: dict[str, Any], form: Literal["svg", "png"]) -> HttpResponse:
    """A chart as a file."""
    answer = HttpResponse(draw(spec, form), content_type=MEDIA_TYPES[form])
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer
