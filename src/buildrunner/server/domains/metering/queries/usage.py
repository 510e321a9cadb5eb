"""Usage events and their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.metering.models import (
    Adjustment,
    ClosedPeriod,
    QuotaSetting,
    Rollup,
    UsageEvent,
    UsageReceipt,
)
from buildrunner.server.domains.metering.rules import booking
from buildrunner.server.domains.metering.types.rollups import (
    AdjustmentView,
    EventView,
    PeriodLine,
    PeriodUsage,
    SummaryRow,
)
from buildrunner.server.platform.errors import Invalid

# What can be grouped by, and the column: of the rollups, or of the events themselves.
SUMMED: Final = {
    "type": "type",
    "model": "model",
    "provider": "provider",
    "project": "project_id",
    "team": "team_id",
    "milestone": "milestone",
    "step": "step",
    "microstep": "microstep",
    "person": "person_id",
    "key": "key_id",
    "agent": "agent_id",
    "hour": "bucket",
    "day": "bucket",
    "month": "date_trunc('month', bucket AT TIME ZONE 'UTC')",
}
SINGLY: Final = {"pr": "pr", "run": "run", "source": "source", "price_version": "price_version"}
ALIASES: Final = {
    "model_name": "model",
    "event_type": "type",
    "project_id": "project",
    "microstep_id": "microstep",
    "user": "person",
    "api_key": "key",
}
GROUPS: Final = (*SUMMED, *SINGLY)
_FORM = {"hour": "%Y-%m-%dT%H:00:00Z", "day": "%Y-%m-%d", "month": "%Y-%m"}
_ROWS = """
SELECT {column} AS name, type, currency, sum({events}), sum(quantity), sum(cost), sum({unpriced}),
       coalesce(sum(input), 0), coalesce(sum(cache_read), 0), coalesce(sum(cache_write), 0),
       coalesce(sum(output), 0), coalesce(sum(reasoning), 0)
  FROM {table}
 WHERE org_id = %(org_id)s {where}
 GROUP BY 1, 2, 3
 ORDER BY {order}
"""


def summary(
    org_id: UUID,
    *,
    group_by: str,
    project_id: UUID | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    unattributed: bool = False,
    only: Mapping[str, UUID | str] | None = None,
) -> list[SummaryRow]:
    """What was used, by group and type; in scope. `since` (included) and `until` are taken to the
    hour, as the sums are. `unattributed`: only what belongs to no project. `only` narrows to one
    milestone, person or agent (`{"person": id}`). Raises Invalid for a group that does not exist.
    """
    wanted = ALIASES.get(group_by, group_by)
    if wanted not in GROUPS:
        raise Invalid(
            f"{group_by!r} is nothing to group by; there are {', '.join(GROUPS)}.",
            field="group_by",
        )
    singly = wanted in SINGLY
    where, values = _where(project_id, kind, since, until, "time" if singly else "bucket")
    if unattributed:
        where += " AND project_id IS NULL"
    for name, value in (only or {}).items():
        where += f" AND {SUMMED[name]} = %(only_{name})s"
        values[f"only_{name}"] = value
    if not singly:
        grain = "hour" if wanted == "hour" or not _whole_days(since, until) else "day"
        where += " AND grain = %(grain)s"
        values["grain"] = grain
    column = SINGLY.get(wanted) or SUMMED[wanted]
    if wanted == "day":
        column = "date_trunc('day', bucket AT TIME ZONE 'UTC')"
    unpriced = "unpriced"
    if singly:
        unpriced = (
            "CASE WHEN cost IS NULL AND type NOT IN ('api_calls', 'storage') THEN 1 ELSE 0 END"
        )
    in_time = wanted in _FORM
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS.format(
                column=column,
                events="1" if singly else "events",
                unpriced=unpriced,
                table="metering_usage" if singly else "metering_rollup",
                where=where,
                order="1, 2" if in_time else "sum(cost) DESC NULLS LAST, sum(quantity) DESC, 1, 2",
            ),
            {"org_id": org_id, **values},
        )
        rows = cursor.fetchall()
    return [_row(row, _FORM.get(wanted)) for row in rows]


def _whole_days(*times: datetime | None) -> bool:
    return all(one is None or one == one.replace(hour=0, minute=0) for one in times)


def _where(
    project_id: UUID | None,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    column: str,
) -> tuple[str, dict[str, Any]]:
    parts = ""
    values: dict[str, Any] = {}
    if project_id is not None:
        parts += " AND project_id = %(project_id)s"
        values["project_id"] = project_id
    if kind is not None:
        parts += " AND type = %(kind)s"
        values["kind"] = kind
    if since is not None:
        parts += f" AND {column} >= %(since)s"
        values["since"] = since.replace(minute=0, second=0, microsecond=0)
    if until is not None:
        parts += f" AND {column} < %(until)s"
        values["until"] = until
    return parts, values


def _row(row: Sequence[Any], form: str | None) -> SummaryRow:
    name, kind, currency, events, quantity, cost, unpriced, *tokens = row
    if name is not None:
        name = name.strftime(form) if form else str(name)
    return SummaryRow(
        group=name,
        type=kind,
        unit=booking.UNITS.get(kind, "units"),
        quantity=quantity,
        cost=None if unpriced else cost,
        currency=currency,
        known_cost=cost,
        unpriced_events=int(unpriced),
        events=int(events),
        input=int(tokens[0]),
        cache_read=int(tokens[1]),
        cache_write=int(tokens[2]),
        output=int(tokens[3]),
        reasoning=int(tokens[4]),
    )


def period_usage(org_id: UUID, month: date) -> PeriodUsage:
    """A month against the limits of the organization's tier; in scope.

    Storage is what was held on its last day, everything else the sum of the month.
    """
    starts_at, ends_at = month_bounds(month)
    tier = entitlements.tier_of(org_id)
    rows = {
        row.type: row for row in summary(org_id, group_by="type", since=starts_at, until=ends_at)
    }
    let_through = dict(QuotaSetting.objects.filter(org_id=org_id).values_list("type", "overage"))
    lines = []
    for kind, unit in booking.UNITS.items():
        row = rows.get(kind)
        quantity = row.quantity if row else Decimal(0)
        if kind == "storage":
            quantity = held(org_id, starts_at, ends_at)
        limit = tier.limits.get(kind)
        over = max(Decimal(0), quantity - limit) if limit is not None else Decimal(0)
        billed = limit is not None and let_through.get(kind, False)
        price = entitlements.overage_prices().get(kind) if billed else None
        lines.append(
            PeriodLine(
                type=kind,
                unit=unit,
                quantity=quantity,
                limit=limit,
                remaining=None if limit is None else max(Decimal(0), limit - quantity),
                overage=over,
                billed=billed,
                overage_price=price,
                overage_cost=None if price is None else over * price,
                percent=round(float(quantity * 100 / limit), 2) if limit else None,
                cost=row.cost if row else None,
                currency=row.currency if row else "USD",
            )
        )
    unknown = any(row.unpriced_events for row in rows.values())
    known = [row.cost for row in rows.values() if row.cost is not None]
    return PeriodUsage(
        org_id=org_id,
        tier=tier.name,
        month=month,
        starts_at=starts_at,
        ends_at=ends_at,
        closed=ClosedPeriod.objects.filter(org_id=org_id, month=month).exists(),
        lines=lines,
        cost=None if unknown else sum(known, Decimal(0)),
        overage_cost=sum((one.overage_cost or Decimal(0) for one in lines), Decimal(0)),
    )


def held(org_id: UUID, since: datetime, until: datetime) -> Decimal:
    """The bytes on the last day of a time on which storage was measured; in scope."""
    rows = Rollup.objects.filter(
        org_id=org_id, grain="day", type="storage", bucket__gte=since, bucket__lt=until
    )
    latest = rows.order_by("-bucket").values_list("bucket", flat=True).first()
    if latest is None:
        return Decimal(0)
    return sum(rows.filter(bucket=latest).values_list("quantity", flat=True), Decimal(0))


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """Its first moment, and the first of the next one."""
    starts_at = booking.start_of(month)
    return starts_at, booking.start_of((month.replace(day=1) + timedelta(days=32)).replace(day=1))


def list_events(
    org_id: UUID,
    *,
    project_id: UUID | None = None,
    status: str | None = None,
    kind: str | None = None,
    model: str | None = None,
    name: str | None = None,
    source: str | None = None,
    microstep: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[EventView]:
    """Events with what became of them, the latest first; in scope.

    `accepted` and `aggregated` are those that count, `duplicate` and `rejected` those that do not.
    """
    about: Q = Q(org_id=org_id)
    given = {
        "project_id": project_id,
        "type": kind,
        "event_id": name,
        "source": source,
        "time__gte": since,
        "time__lt": until,
        "time__lte": before[0] if before else None,
    }
    about &= Q(**{key: value for key, value in given.items() if value is not None})
    found: list[EventView] = []
    if status in (None, "accepted", "aggregated"):
        rows = UsageEvent.objects.filter(about)
        if model:
            rows = rows.filter(model=model)
        if microstep:
            rows = rows.filter(microstep=microstep)
        ordered = _after(rows.order_by("-time", "-id"), before, limit)
        found += [_counted(row) for row in ordered]
    if status in (None, "duplicate", "rejected") and not (model or microstep):
        lost = UsageReceipt.objects.filter(about)
        if status:
            lost = lost.filter(status=status)
        found += [_lost(one) for one in _after(lost.order_by("-time", "-id"), before, limit)]
    found.sort(key=lambda view: (view.time, view.row), reverse=True)
    if before is not None:
        found = [view for view in found if (view.time, view.row) < before]
    return found[:limit]


def _after(rows: Any, before: tuple[datetime, str] | None, limit: int) -> list[Any]:
    """A page, and all that share the moment at which the page before ended."""
    if before is None:
        return list(rows[:limit])
    same = rows.filter(time=before[0])
    return [*same, *rows.filter(time__lt=before[0])[:limit]]


def _counted(row: UsageEvent) -> EventView:
    tokens = None
    if row.input is not None:
        tokens = {
            name: getattr(row, name)
            for name in ("input", "cache_read", "cache_write", "output", "reasoning", "batch")
        }
    return EventView(
        id=row.event_id,
        source=row.source,
        type=row.type,
        status="aggregated",
        time=row.time,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        project_id=row.project_id,
        quantity=row.quantity,
        unit=row.unit,
        provider=row.provider,
        model=row.model,
        tokens=tokens,
        cost=row.cost,
        currency=row.currency,
        price_version=row.price_version,
        attribution=_causes(row),
        data=row.data or {},
        code="",
        detail="",
        row=f"b{row.id:020d}",
    )


def _causes(row: UsageEvent) -> dict[str, Any]:
    named = ("team_id", "milestone", "step", "microstep", "pr", "run")
    acting = ("person_id", "key_id", "agent_id")
    found = {name: getattr(row, name) for name in (*named, *acting)}
    return {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in found.items()
        if value is not None
    }


def _lost(row: UsageReceipt) -> EventView:
    return EventView(
        id=row.event_id,
        source=row.source,
        type=row.type,
        status=row.status,
        time=row.time,
        occurred_at=None,
        received_at=row.created_at,
        project_id=row.project_id,
        quantity=None,
        unit=None,
        provider=None,
        model=None,
        tokens=None,
        cost=None,
        currency=None,
        price_version=None,
        attribution={},
        data={},
        code=row.code,
        detail=row.detail,
        row=f"a{row.id}",
    )


def list_adjustments(
    org_id: UUID, *, month: date | None = None, after: UUID | None = None, limit: int = 50
) -> list[AdjustmentView]:
    """Corrections to closed months, oldest first; in scope."""
    rows = Adjustment.objects.filter(org_id=org_id)
    if month is not None:
        rows = rows.filter(month=month)
    if after is not None:
        rows = rows.filter(id__gt=after)
    names = AdjustmentView.__slots__
    return [AdjustmentView(*values) for values in rows.order_by("id").values_list(*names)[:limit]]
