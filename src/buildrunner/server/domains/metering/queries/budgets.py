"""Budgets and how they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q

from buildrunner.server.domains.metering.errors import BudgetAbsent
from buildrunner.server.domains.metering.models import Balance, Budget, Hold, Lift, Rollup
from buildrunner.server.domains.metering.rules import budgets as rules
from buildrunner.server.domains.metering.types.budgets import BudgetView, LiftView
from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    ProjectAccess,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound

Access = OrgAccess | ProjectAccess


@contextmanager
def place_scope(
    actor: Actor, *, project_id: UUID | None, org_id: UUID | None, permission: str
) -> Iterator[Access]:
    """The scope of a project, or without one that of an organization. Raises as those do."""
    if project_id is not None:
        with project_scope(actor, project_id, permission) as project:
            if org_id not in (None, project.org_id):
                raise NotFound(f"No project {project_id} in this organization.")
            yield project
    else:
        assert org_id is not None  # noqa: S101
        with organization_scope(actor, org_id, "org.read") as organization:
            organization.require(permission)
            yield organization


@contextmanager
def budget_scope(
    actor: Actor, budget_id: UUID, permission: str = "usage.read"
) -> Iterator[tuple[Access, Budget]]:
    """A budget by its id alone, in the scope that it belongs to. Raises BudgetAbsent also to those
    who stand outside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM metering_locate_budget(%s)", [budget_id])
        found = cursor.fetchone()
    absent = BudgetAbsent(f"There is no budget {budget_id} here.")
    if found is None:
        raise absent
    org_id, project_id = found
    entered = False
    try:
        with place_scope(
            actor, project_id=project_id, org_id=org_id, permission=permission
        ) as access:
            entered = True
            row = Budget.objects.filter(id=budget_id, ended_at__isnull=True).first()
            if row is None:
                raise absent
            yield access, row
    except NotFound:
        if entered:
            raise
        raise absent from None


def list_budgets(
    org_id: UUID,
    *,
    project_id: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
    now: datetime | None = None,
) -> list[BudgetView]:
    """Oldest first; with a project, its own and those of the whole organization that count for
    it. In scope."""
    rows = Budget.objects.filter(org_id=org_id, ended_at__isnull=True).order_by("id")
    if project_id is not None:
        whole = Q(project_id__isnull=True, scope="organization")
        rows = rows.filter(Q(project_id=project_id) | whole)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return views(list(rows[:limit]), now)


def views(rows: Sequence[Budget], now: datetime | None = None) -> list[BudgetView]:
    """Budgets with their current periods."""
    now = now or datetime.now(UTC)
    starts = {row.id: rules.period_start(row.period, now) for row in rows}
    balances = {
        (one.budget_id, one.start): one
        for one in Balance.objects.filter(
            budget_id__in=list(starts), start__in=set(starts.values())
        )
    }
    return [_view(row, starts[row.id], balances.get((row.id, starts[row.id]))) for row in rows]


def _view(row: Budget, start: datetime, balance: Balance | None) -> BudgetView:
    return BudgetView(
        id=row.id,
        org_id=row.org_id,
        project_id=row.project_id,
        scope=row.scope,  # type: ignore[arg-type]
        subject=row.subject,
        name=row.name,
        period=row.period,  # type: ignore[arg-type]
        amount=row.amount,
        hard=row.hard,
        alert_threshold=row.alert_threshold,
        locked=row.locked,
        enabled=row.enabled,
        origin=row.origin,
        created_at=row.created_at,
        period_start=start,
        period_end=rules.period_end(row.period, start),
        spent=balance.spent if balance else Decimal(0),
        reserved=balance.reserved if balance else Decimal(0),
        lifted=balance.lifted if balance else Decimal(0),
    )


def list_lifts(budget_id: UUID, limit: int = 50) -> list[LiftView]:
    """What was approved beyond a budget, newest first; in scope."""
    rows = Lift.objects.filter(budget_id=budget_id).order_by("-id")[:limit]
    return [
        LiftView(
            id=row.id,
            budget_id=row.budget_id,
            period_start=row.start,
            amount=row.amount,
            reason=row.reason,
            actor={key: value for key, value in row.actor.items() if key != "key"},
            created_at=row.created_at,
        )
        for row in rows
    ]


def spent_before(row: Budget, start: datetime) -> Decimal:
    """What the sums say was spent in a period for what a budget is for; in scope. Pull requests and
    runs are not in the sums: a budget of one begins at nothing."""
    rows = Rollup.objects.filter(org_id=row.org_id, grain="day", bucket__gte=start)
    if row.project_id is not None:
        rows = rows.filter(project_id=row.project_id)
    if row.scope in ("pr", "run"):
        return Decimal(0)
    if row.scope in rules.BY_ID:
        rows = rows.filter(**{f"{row.scope}_id": UUID(row.subject)})
    elif row.subject:
        rows = rows.filter(**{row.scope: row.subject})
    return sum((cost for cost in rows.values_list("cost", flat=True) if cost), Decimal(0))


def open_holds(org_id: UUID, project_id: UUID | None = None) -> int:
    """How many reservations and leases are open; in scope."""
    rows = Hold.objects.filter(org_id=org_id, state="open")
    return rows.filter(project_id=project_id).count() if project_id else rows.count()
