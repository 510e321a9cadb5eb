"""The page Timeline: how the milestones stand, burn-up and forecast, events by lane and by row."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.domains.workbench.web.timeline_rows import Row, row_of
from buildrunner.server.platform.http.pagination import BadCursor, decode_cursor, encode_cursor
from buildrunner.server.platform.ui.charts.component import Chart
from buildrunner.server.platform.ui.visitor import signed_in

SHOWN = 50
_LEVELS = 5
_HEAD_WIDTH = 2  # columns that a date needs
_ZOOM_WORDS = {"day": "Day", "week": "Week", "month": "Month", "quarter": "Quarter"}
# A bucket and some days for leap years: it is rounded down to its first day.
_LENGTHS = {
    name: timedelta(days=n) for name, n in zip(workbench.ZOOMS, (1, 7, 34, 97), strict=True)
}
_EXPORTS = (("csv", "CSV"), ("json", "JSON"), ("svg", "SVG picture"), ("png", "PNG picture"))
_MOST_EXPORTED = 100_000
_HEAD = ("time", "kind", "who", "for", "agent", "subject", "ids", "milestones", "data")
_LANE_WORDS = {"milestone": "Milestones", "person": "People", "agent": "Agents"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address."""

    zoom: str = "day"
    lanes: str = "milestone"
    to: str = ""
    area: str = ""
    who: str = ""
    item: str = ""
    at: str = ""  # a bucket: its events alone are listed

    @classmethod
    def read(cls, request: HttpRequest) -> Asked:
        """What is unknown is as without it."""
        get = {name: request.GET.get(name, "")[:512] for name in cls.__slots__}
        return cls(
            zoom=get["zoom"] if get["zoom"] in workbench.ZOOMS else "day",
            lanes=get["lanes"] if get["lanes"] in workbench.LANES else "milestone",
            to=str(_day(get["to"]) or ""),
            area=get["area"],
            who=get["who"],
            item=get["item"],
            at=str(_day(get["at"]) or ""),
        )

    def query(self, **changed: str) -> str:
        """The address with some of it changed; what is usual is left out."""
        wanted = replace(self, **changed)
        usual = Asked()
        return "?" + urlencode(
            {
                name: getattr(wanted, name)
                for name in self.__slots__
                if getattr(wanted, name) != getattr(usual, name)
            }
        )

    def filters(self, today: date) -> workbench.TimelineFilters:
        """As the queries want them."""
        last = _day(self.to) or today
        return workbench.timeline_filters(
            zoom=self.zoom,
            lanes=self.lanes,
            last=last,
            area=self.area,
            who=self.who,
            item=self.item,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """A lane in a bucket; `level` 1 to 5 says how much beside the others."""

    count: int
    level: int
    query: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A lane with its cells."""

    title: str
    total: int
    query: str
    cells: list[Cell]


@never_cache
@require_GET
def timeline(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """All of it; the address holds what is looked at."""
    asked, today = Asked.read(request), datetime.now(UTC).date()
    with project_scope(signed_in(request), project_id, "event.read") as access:
        places = workbench.Places(access)
        filters = asked.filters(today)
        found = workbench.count_events(access, filters, places)
        progress = workbench.read_progress(access, today=today)
        base = f"/projects/{project_id}/timeline"
        context = {
            "project": get_project(access),
            "base": base,
            "plan_base": f"/projects/{project_id}/plan",
            "tests_base": f"/projects/{project_id}/tests",
            "api": f"/api/projects/{project_id}/timeline",
            "api_query": urlencode(_api(asked, filters)),
            "asked": asked,
            "exports": _EXPORTS,
            "lane_word": _LANE_WORDS[asked.lanes],
            "lead": _spans(progress.lead),
            "cycle": _spans(progress.cycle),
            "found": found,
            "progress": progress,
            "chart": burn_up_chart(progress, today),
            "badges": [(one, quote(one.id, safe="")) for one in progress.milestones],
            "lines": _lines(found, asked),
            "heads": _heads(found),
            "choices": _choices(asked, found),
            "chosen": _chosen(asked, found, places),
            "steps": _steps(asked, found, today),
            **_rows(request, access, asked, filters, places),
        }
    return render(request, "workbench/timeline.html", context)


@never_cache
@require_GET
def export(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The events of the view as CSV, newest first, the first hundred thousand."""
    asked, today = Asked.read(request), datetime.now(UTC).date()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    with project_scope(signed_in(request), project_id, "event.read") as access:
        places = workbench.Places(access)
        filters = _narrowed(asked, asked.filters(today))
        for one in workbench.every_event(access, filters, places, most=_MOST_EXPORTED):
            label, name = one.actor.get("label") or "", one.actor.get("name") or ""
            told = json.dumps(one.data, ensure_ascii=False)
            cells = [
                one.at.isoformat(), one.kind, label or name, name if label else "",
                "yes" if one.agent else "", one.subject, " ".join(one.ids),
                " ".join(one.milestones), told,
            ]  # fmt: skip
            # What a spreadsheet would take for a formula is text.
            writer.writerow([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in cells])
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")


def _spans(spread: Any) -> tuple[str, str]:
    return _span(spread.median), _span(spread.high)


def _span(hours: float | None) -> str:
    if hours is None:
        return ""
    if hours < 1:
        return f"{max(1, round(hours * 60))} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def _narrowed(asked: Asked, filters: workbench.TimelineFilters) -> workbench.TimelineFilters:
    if not asked.at:
        return filters
    day = date.fromisoformat(asked.at)
    one = workbench.timeline_filters(zoom=asked.zoom, lanes=asked.lanes, last=day, first=day)
    return replace(filters, start=one.start, end=one.end)


def _api(asked: Asked, filters: workbench.TimelineFilters) -> dict[str, str]:
    wanted = {
        "zoom": asked.zoom,
        "lanes": asked.lanes,
        "from": str(filters.start.date()),
        "to": str(filters.end.date() - timedelta(days=1)),
        "area": asked.area,
        "who": asked.who,
        "item": asked.item,
    }
    return {name: value for name, value in wanted.items() if value}


def burn_up_chart(progress: workbench.Progress, today: date) -> Chart | None:
    """The burn-up with its forecast in words, picture and table."""
    if not progress.points:
        return None
    last = progress.points[-1]
    dates = progress.forecast.dates
    words = f"{last.done} of {last.scope} microsteps are done."
    if 50 in dates:
        words += f" The rest is as likely as not done by {_say(dates[50])}"
        words += f", with a chance of 95 % by {_say(dates[95])}." if 95 in dates else "."
    elif progress.forecast.missing and last.done < last.scope:
        words += f" No forecast: {progress.forecast.missing}"
    spec = workbench.burn_up_spec(progress, today=today)
    rows: list[list[Any]] = [
        [_say(one.day), one.scope, one.done] for one in workbench.thinned(progress)
    ]
    rows += [
        [f"{chance} % by {_say(day)}", last.scope, last.scope] for chance, day in dates.items()
    ]
    header = ["Day", "In the plan", "Done"]
    return Chart("burn-up", "Burn-up", words, spec, header, rows)


def _lines(found: workbench.Buckets, asked: Asked) -> list[Line]:
    most = max((max(lane.counts.values(), default=0) for lane in found.lanes), default=0)
    name = "item" if asked.lanes == "milestone" else "who"
    lines = []
    for lane in found.lanes:
        if not lane.total and asked.lanes == "milestone" and (asked.item or lane.id == "-"):
            continue
        cells = []
        for start in found.starts:
            count = lane.counts.get(start, 0)
            level = math.ceil(_LEVELS * math.sqrt(count / most)) if count else 0
            label = f"{lane.title}, {_bucket(start, found.zoom)}: {count} events"
            current = asked.at == str(start) and getattr(asked, name) == lane.id
            changed = {name: lane.id, "at": str(start)}
            cells.append(Cell(count, level, asked.query(**changed), label, current))
        query = asked.query(**{name: lane.id, "at": ""})
        lines.append(Line(lane.title, lane.total, query, cells))
    return lines


def _heads(found: workbench.Buckets) -> list[tuple[str, str]]:
    """Of each bucket what stands above it, often nothing, and what it is called."""
    heads: list[tuple[str, str]] = []
    before, free = None, 0
    for place, start in enumerate(found.starts):
        if found.zoom in ("day", "week"):
            fresh = start.month if found.zoom == "week" else start.isocalendar()[1]
            short = f"{start:%-d %b}"
        else:
            fresh, short = start.year, f"{start:%Y}"
        shown = fresh != before and place >= free
        if shown:
            free = place + _HEAD_WIDTH
        heads.append((short if shown else "", _bucket(start, found.zoom)))
        before = fresh
    return heads


def _choices(asked: Asked, found: workbench.Buckets) -> dict[str, Any]:
    areas = [("", "Everything", sum(found.areas.values())), *_named(found.areas)]
    area = asked.area.partition(".")[0]
    return {
        "zooms": [
            (words, asked.query(zoom=name, at=""), name == asked.zoom)
            for name, words in _ZOOM_WORDS.items()
        ],
        "lanes": [
            (words, asked.query(lanes=name, at="", who="", item=""), name == asked.lanes)
            for name, words in _LANE_WORDS.items()
        ],
        "areas": [
            (words, count, asked.query(area=name), name == area) for name, words, count in areas
        ],
    }


def _named(areas: dict[str, int]) -> list[tuple[str, str, int]]:
    return [(name, name.replace("_", " ").capitalize(), n) for name, n in areas.items()]


def _chosen(
    asked: Asked, found: workbench.Buckets, places: workbench.Places
) -> list[tuple[str, str]]:
    """What narrows the view beyond its area, and the address without it."""
    chosen = []
    if asked.item:
        whole = "The project as a whole" if asked.item == "-" else asked.item
        chosen.append((places.title(asked.item) or whole, asked.query(item="")))
    if asked.who:
        title = next((lane.title for lane in found.lanes if lane.id == asked.who), "")
        chosen.append((title or asked.who.partition(":")[2], asked.query(who="")))
    if asked.at:
        start = date.fromisoformat(asked.at)
        chosen.append((_bucket(start, asked.zoom), asked.query(at="")))
    return chosen


def _steps(asked: Asked, found: workbench.Buckets, today: date) -> dict[str, str]:
    """Earlier and later windows; later ends today."""
    first, last = found.starts[0], found.starts[-1]
    later = last + (last - first) + _LENGTHS[found.zoom]
    steps = {"earlier": asked.query(to=str(first - timedelta(days=1)), at="")}
    if last <= today and asked.to and date.fromisoformat(asked.to) < today:
        to = "" if later >= today else str(later)
        steps |= {"later": asked.query(to=to, at=""), "now": asked.query(to="", at="")}
    steps["words"] = f"{_bucket(first, found.zoom)} to {_bucket(last, found.zoom)}"
    return steps


def _rows(
    request: HttpRequest,
    access: ProjectAccess,
    asked: Asked,
    filters: workbench.TimelineFilters,
    places: workbench.Places,
) -> dict[str, Any]:
    filters = _narrowed(asked, filters)
    before = None
    try:
        at, last = decode_cursor(request.GET.get("before", ""), datetime.fromisoformat, int)
        before = (at, last)
    except BadCursor:
        pass
    found = workbench.list_events(access, filters, places, before=before, limit=SHOWN + 1)
    rows: list[Row] = [row_of(one, places, access.project_id) for one in found[:SHOWN]]
    older = ""
    if len(found) > SHOWN:
        cursor = encode_cursor(found[SHOWN - 1].at.isoformat(), found[SHOWN - 1].id)
        older = f"{asked.query()}&{urlencode({'before': cursor})}"
    return {"rows": rows, "older": older, "newest": before is None}


def _bucket(start: date, zoom: str) -> str:
    if zoom == "quarter":
        return f"Q{(start.month + 2) // 3} {start.year}"
    if zoom == "month":
        return f"{start:%B %Y}"
    return f"week of {_say(start)}" if zoom == "week" else _say(start)


def _say(day: date) -> str:
    return f"{day:%-d %b %Y}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
