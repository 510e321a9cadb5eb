"""Close a month: its sums stand, and what comes later is booked when it comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.metering import events
from buildrunner.server.domains.metering.actions.usage_statements import LOCK
from buildrunner.server.domains.metering.models import ClosedPeriod
from buildrunner.server.domains.metering.queries.usage import month_bounds
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import emit

# After the end of a month its stragglers have so long.
GRACE = timedelta(days=3)


def close_period(actor: Actor, org_id: UUID, *, month: date) -> None:
    """For good. Needs `budget.manage`; raises Invalid for a month that is not over, Conflict for
    one that is closed."""
    _require_over(month, datetime.now(UTC))
    with organization_scope(actor, org_id) as access:
        access.require("budget.manage")
        if not _close(actor, org_id, month):
            raise Conflict(f"{month:%Y-%m} is closed already.", code="period_closed")


def close_periods() -> int:
    """Every day: the month before, of every organization that used anything, once the stragglers
    had their time. Answers how many were closed."""
    now = datetime.now(UTC)
    month = (now.replace(day=1) - timedelta(days=1)).date().replace(day=1)
    if now < month_bounds(month)[1] + GRACE:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id FROM metering_orgs_to_close(%s)", [month])
        waiting = [row[0] for row in cursor.fetchall()]
    closed = 0
    for org_id in waiting:
        with tenant_scope(org_id):
            closed += _close(SYSTEM, org_id, month)
    return closed


def lock_period(org_id: UUID, *, alone: bool) -> None:
    """Keep events from being booked (`alone`), or months from being closed, until the transaction
    ends."""
    with connection.cursor() as cursor:
        name = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        cursor.execute(f"SELECT {name}(hashtextextended(%s, 0))", [f"{LOCK}{org_id}"])


def _close(actor: Actor, org_id: UUID, month: date) -> bool:
    lock_period(org_id, alone=True)
    _, made = ClosedPeriod.objects.get_or_create(
        org_id=org_id, month=month, defaults={"actor": actor.record()}
    )
    if made:
        emit(
            events.PERIOD_CLOSED,
            actor=actor,
            org_id=org_id,
            subject=f"{month:%Y-%m}",
            data={"month": f"{month:%Y-%m}"},
        )
    return made


def _require_over(month: date, now: datetime) -> None:
    if month.day != 1 or month_bounds(month)[1] > now:
        raise Invalid("Only a month that is over can be closed.", field="month")
