"""How a project came along: burn-up, forecast, times, and how its milestones stand now."""

from __future__ import annotations

from collections import Counter, OrderedDict
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.rules import timeline as rules
from buildrunner.server.domains.workbench.rules.timeline_forecast import forecast
from buildrunner.server.domains.workbench.types.timeline import (
    Badge,
    Change,
    Point,
    Progress,
    Spread,
)
from buildrunner.spec.document import CollectorPaused, microsteps, walk

_PROVEN = ("evidence", "signed")
_KEPT = 64

History = tuple[list[Point], list[int], Spread, Spread]
# What the revisions say, by project, document and day: the same in every process, kept only so
# that it is not counted again for each reader.
_histories: OrderedDict[tuple[UUID, int, str | None, date], History] = OrderedDict()
_lock = Lock()


def read_progress(access: ProjectAccess, *, today: date | None = None) -> Progress:
    """The progress up to and with `today`; of no plan, an empty one."""
    access.require("plan.read")
    today = today or datetime.now(UTC).date()
    head = plans.read_head(access)
    if not head.revision:
        none = Spread(0, None, None)
        return Progress(0, "", [], forecast([], remaining=0, today=today), none, none, [])
    points, finished, lead, cycle = _history(access, head, today)
    title, badges = _badges(access)
    remaining = sum(badge.total - badge.done for badge in badges)
    return Progress(
        revision=head.revision,
        title=title,
        points=points,
        forecast=forecast(finished, remaining=remaining, today=today),
        lead=lead,
        cycle=cycle,
        milestones=badges,
    )


def status_changes(access: ProjectAccess) -> list[Change]:
    """What happened to each microstep since the plan began, oldest first. Needs `plan.read`."""
    with CollectorPaused():
        return rules.status_changes(plans.dated_operations(access))


def _history(access: ProjectAccess, head: plans.HeadSummary, today: date) -> History:
    key = (access.project_id, head.revision, head.document_hash, today)
    with _lock:
        known = _histories.get(key)
        if known is not None:
            _histories.move_to_end(key)
            return known
    changes = status_changes(access)
    lead, cycle = rules.times(changes)
    found = (
        rules.burn_up(changes, until=today),
        # The day that has not ended yet tells nothing of the pace.
        rules.finished_by_day(changes, until=today - timedelta(days=1)),
        lead,
        cycle,
    )
    with _lock:
        _histories[key] = found
        while len(_histories) > _KEPT:
            _histories.popitem(last=False)
    return found


def _badges(access: ProjectAccess) -> tuple[str, list[Badge]]:
    """The title of the plan, and its milestones: the same rows as on the pages Plan and Tests."""
    plan = plans.read_plan(access).plan()
    totals: Counter[str] = Counter()
    dones: Counter[str] = Counter()
    for entity in microsteps(plan):
        milestone = entity.above.above.id if entity.above and entity.above.above else ""
        totals[milestone] += 1
        dones[milestone] += entity.value.get("status") == "done"
    proven = Counter(line.milestone_id for line in qa.Survey(access).lines if line.proof in _PROVEN)
    badges = [
        Badge(
            id=entity.id,
            title=str(entity.value.get("title") or entity.id),
            done=dones[entity.id],
            total=totals[entity.id],
            proven=proven[entity.id],
        )
        for entity in walk(plan)
        if entity.kind == "milestone"
    ]
    return str(plan.get("title") or ""), badges
