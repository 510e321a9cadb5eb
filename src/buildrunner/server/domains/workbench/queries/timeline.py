"""Events in a window of time, counted by lane and bucket or row by row.

The counts are made in the database over the index of project and time; of the events only the
rows of one page are read. Who asks needs `event.read`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.rules import timeline_window as windows
from buildrunner.server.domains.workbench.types.timeline import (
    Buckets,
    Lane,
    TimelineEvent,
    TimelineFilters,
)
from buildrunner.spec.document import CollectorPaused, Entity, walk

MOST_LANES = 100
ELSEWHERE = "The project as a whole"
NOWHERE = "-"  # as an item: what touches nothing in the plan
_BATCH = 2_000

# People and their keys are persons; what says for whom it works, and what is nobody's, is an agent.
_LABEL = "COALESCE(e.actor->>'label', '')"
_IS_AGENT = f"(e.actor->>'kind' NOT IN ('person', 'key') OR {_LABEL} <> '')"
_WHO = (
    f"CASE WHEN {_LABEL} <> '' THEN 'agent:' || {_LABEL}"
    " WHEN e.actor->>'kind' IN ('person', 'key') THEN 'person:' || COALESCE(e.actor->>'id', '')"
    " ELSE 'agent:' || COALESCE(e.actor->>'id', e.actor->>'name', '') END"
)
_NAME = f"COALESCE(NULLIF({_LABEL}, ''), e.actor->>'name', '')"
# The ids that an event touched: what it is about, and those that it lists.
_TOUCHED = """
    CROSS JOIN LATERAL (
        SELECT e.subject AS id WHERE e.subject <> ''
        UNION ALL
        SELECT jsonb_array_elements_text(e.data->'changed')
        WHERE e.kind = 'plan.revised' AND jsonb_typeof(e.data->'changed') = 'array'
        UNION ALL
        SELECT jsonb_array_elements_text(e.data->'microsteps')
        WHERE jsonb_typeof(e.data->'microsteps') = 'array'
    ) AS touched
"""


class Places:
    """Where the ids of the plan stand now; former ids are known too."""

    def __init__(self, access: ProjectAccess) -> None:
        self.titles: dict[str, str] = {}
        self.of: dict[str, str] = {}
        self.below: dict[str, list[str]] = {}
        self._known: dict[str, tuple[str, str]] = {}
        try:
            stored = plans.read_plan(access)
        except plans.PlanAbsent:
            return
        with CollectorPaused():
            for entity in walk(stored.plan()):
                if entity.kind != "root":
                    self._take(entity)

    def _take(self, entity: Entity) -> None:
        top = entity
        names = [entity.id, *_aliases(entity.value)]
        while top.above is not None and top.kind != "milestone":
            self.below.setdefault(top.above.id, []).extend(names)
            top = top.above
        title = str(entity.value.get("title") or entity.id)
        if entity.kind == "milestone":
            self.titles[entity.id] = title
        self.below.setdefault(entity.id, []).extend(names)
        for name in names:
            self.of.setdefault(name, top.id)
            self._known.setdefault(name, (entity.id, title))

    def under(self, name: str) -> list[str]:
        """An id, its former ones, and those of all below it; unknown ones stand for themselves."""
        found = self._known.get(name)
        return self.below[found[0]] if found else [name]

    def title(self, name: str) -> str:
        """What the entity is called; empty where there is none."""
        return self._known.get(name, ("", ""))[1]


def timeline_filters(
    *, zoom: str, lanes: str, last: date, first: date | None = None, **more: str
) -> TimelineFilters:
    """Filters over the whole buckets from `first` to `last`; see `windows.window`."""
    opens, closes = windows.window(zoom, last, first)
    return TimelineFilters(zoom, lanes, windows.midnight(opens), windows.midnight(closes), **more)


def count_events(access: ProjectAccess, filters: TimelineFilters, places: Places) -> Buckets:
    """The window in buckets by lane: milestones in the order of the plan, others by weight."""
    access.require("event.read")
    if filters.zoom not in windows.ZOOMS:
        raise ValueError(filters.zoom)
    bucket = f"date_trunc('{filters.zoom}', e.created_at, 'UTC')"
    where, values = _where(access, filters, places)
    every, every_value = _where(access, filters, places, area=False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {bucket}, e.kind, count(*)"  # noqa: S608  values are bound, the rest is ours
            f" FROM events_event e WHERE {every} GROUP BY 1, 2",
            every_value,
        )
        kinds = cursor.fetchall()
        if filters.lanes == "milestone":
            ids, milestones = list(places.of), list(places.of.values())
            sql = _BY_MILESTONE.format(bucket=bucket, touched=_TOUCHED, where=where)
            cursor.execute(sql, [ids, milestones, *values])
        else:
            who = _IS_AGENT if filters.lanes == "agent" else f"NOT {_IS_AGENT}"
            cursor.execute(
                f"SELECT {bucket}, {_WHO}, max({_NAME}), count(*)"  # noqa: S608
                " FROM events_event e"
                f" WHERE {where} AND {who} GROUP BY 1, 2",
                values,
            )
        rows = cursor.fetchall()
    totals: Counter[date] = Counter()
    areas: Counter[str] = Counter()
    for start, kind, count in kinds:
        area = kind.partition(".")[0]
        areas[area] += count
        if filters.area in ("", area, kind):
            totals[start.astimezone(UTC).date()] += count
    lanes = _lanes(rows, filters, places, totals)
    return Buckets(
        zoom=filters.zoom,
        starts=windows.starts(filters.start.date(), filters.end.date(), filters.zoom),
        lanes=lanes[:MOST_LANES],
        total=totals.total(),
        areas=dict(sorted(areas.items(), key=lambda pair: (-pair[1], pair[0]))),
        more_lanes=max(0, len(lanes) - MOST_LANES),
    )


# An event that touches two milestones counts in both; the rows without one count each event once.
_BY_MILESTONE = """
    WITH placed AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS p(id, milestone)),
    told AS (
        SELECT DISTINCT e.id, {bucket} AS bucket, p.milestone
        FROM events_event e {touched} JOIN placed p ON p.id = touched.id WHERE {where}
    )
    SELECT bucket, milestone, '', count(*) FROM told GROUP BY 1, 2
    UNION ALL
    SELECT bucket, '', '', count(DISTINCT id) FROM told GROUP BY 1
"""


def _where(
    access: ProjectAccess, filters: TimelineFilters, places: Places, *, area: bool = True
) -> tuple[str, list[Any]]:
    clauses = ["e.org_id = %s AND e.project_id = %s AND e.created_at >= %s AND e.created_at < %s"]
    values: list[Any] = [access.org_id, access.project_id, filters.start, filters.end]
    if area and "." in filters.area:
        clauses.append("e.kind = %s")
        values.append(filters.area)
    elif area and filters.area:
        clauses.append("split_part(e.kind, '.', 1) = %s")
        values.append(filters.area)
    if filters.who:
        clauses.append(f"{_WHO} = %s")
        values.append(filters.who)
    if filters.item:
        # Joined by hash: an id in a long list of each event would be looked up one by one.
        nowhere = filters.item == NOWHERE
        clauses.append(
            f"e.id {'NOT ' if nowhere else ''}IN (SELECT e.id FROM events_event e {_TOUCHED}"  # noqa: S608
            " JOIN unnest(%s::text[]) AS wanted(id) ON wanted.id = touched.id"
            " WHERE e.org_id = %s AND e.project_id = %s"
            " AND e.created_at >= %s AND e.created_at < %s)"
        )
        values += [list(places.of) if nowhere else places.under(filters.item), *values[:4]]
    return " AND ".join(clauses), values


def _lanes(
    rows: list[Any], filters: TimelineFilters, places: Places, totals: Counter[date]
) -> list[Lane]:
    counts: dict[str, dict[date, int]] = {}
    names: dict[str, str] = {}
    for bucket, name, words, count in rows:
        counts.setdefault(name, {})[bucket.astimezone(UTC).date()] = count
        names[name] = max(names.get(name, ""), words)
    if filters.lanes == "milestone":
        placed = counts.pop("", {})
        left = {day: n - placed.get(day, 0) for day, n in totals.items()}
        lanes = [Lane(name, title, counts.get(name, {})) for name, title in places.titles.items()]
        return [Lane(NOWHERE, ELSEWHERE, {day: n for day, n in left.items() if n}), *lanes]
    lanes = [Lane(name, names[name] or "Unknown", found) for name, found in counts.items()]
    return sorted(lanes, key=lambda lane: (-lane.total, lane.title))


def list_events(
    access: ProjectAccess,
    filters: TimelineFilters,
    places: Places,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[TimelineEvent]:
    """Events of the window, newest first, older than `before` (a time and an id)."""
    access.require("event.read")
    where, values = _where(access, filters, places)
    if before is not None:
        where += " AND (e.created_at, e.id) < (%s, %s)"
        values += before
    sql = (
        "SELECT e.id, e.kind, e.subject, e.actor::text, e.data::text, e.created_at,"  # noqa: S608
        f" {_IS_AGENT} FROM events_event e WHERE {where}"
        " ORDER BY e.created_at DESC, e.id DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        return [_event(row, places) for row in cursor.fetchall()]


def every_event(
    access: ProjectAccess, filters: TimelineFilters, places: Places, *, most: int
) -> Iterator[TimelineEvent]:
    """The events of the window, newest first, a few at a time, at most `most`."""
    before = None
    while most > 0:
        found = list_events(access, filters, places, before=before, limit=min(_BATCH, most))
        yield from found
        if len(found) < _BATCH:
            return
        most -= len(found)
        before = (found[-1].at, found[-1].id)


def _event(row: Any, places: Places) -> TimelineEvent:
    identifier, kind, subject, actor, data, at, agent = row
    told = json.loads(data)
    who = json.loads(actor)
    listed = [*_texts(told.get("microsteps")), *_texts(told.get("changed"))]
    ids = list(dict.fromkeys(name for name in (subject, *listed) if name in places.of))
    return TimelineEvent(
        id=identifier,
        kind=kind,
        subject=subject,
        # The id of a key stays inside.
        actor={name: who.get(name) for name in ("kind", "id", "name", "label") if name in who},
        data=told,
        at=at.astimezone(UTC),
        agent=agent,
        ids=ids,
        milestones=list(dict.fromkeys(places.of[name] for name in ids)),
        run=subject if kind.startswith("agent_run.") else str(who.get("run") or ""),
    )


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _aliases(value: dict[str, Any]) -> list[str]:
    return _texts(value.get("aliases"))
