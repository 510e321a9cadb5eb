"""Set, change and end budgets, and approve spending beyond one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils import timezone

from buildrunner.server.domains.metering import events
from buildrunner.server.domains.metering.actions.close_period import lock_period
from buildrunner.server.domains.metering.errors import BudgetStands
from buildrunner.server.domains.metering.models import Balance, Budget, Lift
from buildrunner.server.domains.metering.queries.budgets import (
    Access,
    budget_scope,
    list_lifts,
    place_scope,
    spent_before,
    views,
)
from buildrunner.server.domains.metering.rules import budgets as rules
from buildrunner.server.domains.metering.rules.money import text
from buildrunner.server.domains.metering.types.budgets import BudgetView, LiftView
from buildrunner.server.domains.tenancy.facade import OrgAccess, organization_scope
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit

PERMISSION = "budget.manage"
MOST = 2000
LONGEST = 200
POLICY = "policy"


def set_budget(
    actor: Actor,
    *,
    amount: Decimal,
    project_id: UUID | None = None,
    org_id: UUID | None = None,
    scope: str = "",
    subject: str = "",
    period: str = "month",
    hard: bool = False,
    alert_threshold: Decimal = rules.DEFAULT_ALERT,
    name: str = "",
    locked: bool = False,
    enabled: bool = True,
) -> BudgetView:
    """A new budget, of a project and what lies in it or of an organization. It counts what the
    current period has spent already.

    Needs `budget.manage` there, and in the organization to lock one. Raises BudgetStands where
    there is one of this cause and period, Invalid.
    """
    wanted = scope or ("project" if project_id else "organization")
    if project_id is None and org_id is None:
        raise Invalid("Name a project_id or an org_id.", field="project_id")
    subject = _checked(wanted, subject, project_id)
    _check_amounts(amount, alert_threshold)
    if period not in rules.PERIODS:
        raise Invalid(
            f"{period!r} is no period; there are {', '.join(rules.PERIODS)}.", field="period"
        )
    with place_scope(actor, project_id=project_id, org_id=org_id, permission=PERMISSION) as access:
        if locked:
            _require_organization(actor, access.org_id)
        if Budget.objects.filter(org_id=access.org_id, ended_at__isnull=True).count() >= MOST:
            raise Conflict(f"An organization has at most {MOST} budgets.", code="budgets_full")
        return _create(
            actor,
            access.org_id,
            project_id=project_id,
            scope=wanted,
            subject=subject,
            period=period,
            amount=amount,
            hard=hard,
            alert_threshold=alert_threshold,
            name=name.strip()[:LONGEST],
            locked=locked,
            enabled=enabled,
        )


def change_budget(actor: Actor, budget_id: UUID, **changes: Any) -> BudgetView:
    """Change `amount`, `hard`, `alert_threshold`, `name`, `locked` or `enabled`; those that are None
    stay. Calls that wait for the budget are judged by what it says then.

    Needs `budget.manage`; in the organization for one that is locked. Raises BudgetAbsent, Invalid,
    Conflict for one that the policy sets.
    """
    wanted = {key: value for key, value in changes.items() if value is not None}
    _check_amounts(wanted.get("amount"), wanted.get("alert_threshold"))
    if "name" in wanted:
        wanted["name"] = str(wanted["name"]).strip()[:LONGEST]
    with budget_scope(actor, budget_id, PERMISSION) as (access, _):
        row = _held_still(budget_id)
        _may_change(actor, access, row, lock="locked" in wanted)
        return _change(actor, row, wanted)


def end_budget(actor: Actor, budget_id: UUID) -> None:
    """Nothing is held against it any more; what is held is settled as it would be. Needs the same
    as changing it."""
    with budget_scope(actor, budget_id, PERMISSION) as (access, _):
        row = _held_still(budget_id)
        _may_change(actor, access, row)
        _end(actor, row)


def lift_budget(actor: Actor, budget_id: UUID, *, amount: Decimal, reason: str) -> LiftView:
    """Approve spending beyond a budget in its current period, and no longer: the recorded approval
    that a breach of the policy's daily maximum needs.

    In person, with `budget.manage`. Raises Forbidden to keys, Invalid.
    """
    if actor.kind != "person" or actor.person_id is None:
        raise Forbidden(
            "Only people approve spending beyond a budget, signed in.", code="in_person"
        )
    _check_amounts(amount, None)
    reason = reason.strip()
    if not amount:
        raise Invalid("Say how much more may be spent.", field="amount")
    if not reason or len(reason) > 1000:
        raise Invalid("Say why, in up to 1,000 characters.", field="reason")
    with budget_scope(actor, budget_id, PERMISSION) as (access, _):
        row = _held_still(budget_id)
        if row.locked:
            _require_organization(actor, access.org_id)
        start = rules.period_start(row.period, datetime.now(UTC))
        before = _cap(row, start)
        _keep_balance(row, start)
        rows = Balance.objects.filter(org_id=row.org_id, budget_id=row.id, start=start)
        rows.update(lifted=F("lifted") + amount, refused_at=None)
        _retell(row)
        Lift.objects.create(
            org_id=row.org_id,
            project_id=row.project_id,
            budget_id=row.id,
            start=start,
            amount=amount,
            reason=reason,
            actor=actor.record(),
            person_id=actor.person_id,
        )
        _say(
            events.BUDGET_LIFTED,
            actor,
            row,
            {
                "name": row.name,
                "period_start": start.isoformat(),
                "amount": text(amount),
                "reason": reason,
                "before": text(before),
                "after": text(before + amount),
            },
        )
        return list_lifts(row.id, 1)[0]


def follow_policy(
    org_id: UUID, project_id: UUID, *, daily: Decimal | None, alert: Decimal | None
) -> None:
    """Make the budgets of a project that its policy sets as the policy says: a hard daily one of
    `max_daily_cost`, a soft monthly one of `budget_alert_threshold`; None ends one."""
    with tenant_scope(org_id):
        for period, amount, hard, name in (
            ("day", daily, True, "max_daily_cost"),
            ("month", alert, False, "budget_alert_threshold"),
        ):
            if amount is not None and rules.amount_problem(amount):
                continue
            row = Budget.objects.filter(
                org_id=org_id,
                target=rules.target("project", project_id, ""),
                period=period,
                origin=POLICY,
                ended_at__isnull=True,
            ).first()
            if row is None and amount is not None:
                _create(
                    SYSTEM,
                    org_id,
                    project_id=project_id,
                    scope="project",
                    subject="",
                    period=period,
                    amount=amount,
                    hard=hard,
                    alert_threshold=rules.DEFAULT_ALERT,
                    name=name,
                    locked=False,
                    enabled=True,
                    origin=POLICY,
                )
            elif row is not None and amount is None:
                _end(SYSTEM, _held_still(row.id))
            elif row is not None and row.amount != amount:
                _change(SYSTEM, _held_still(row.id), {"amount": amount})


def _create(actor: Actor, org_id: UUID, **members: Any) -> BudgetView:
    target = rules.target(members["scope"], members["project_id"], members["subject"])
    # No usage is booked meanwhile: what the sums say is all there is.
    lock_period(org_id, alone=True)
    stands = Budget.objects.filter(
        org_id=org_id,
        target=target,
        period=members["period"],
        origin=members.get("origin", ""),
        ended_at__isnull=True,
    ).first()
    if stands is not None:
        raise BudgetStands(
            f"There is a budget of this {members['scope']} for this period: {stands.id}. Change "
            f"it with `PATCH /api/admin/budgets/{stands.id}`.",
            budget=str(stands.id),
        )
    row = Budget.objects.create(org_id=org_id, target=target, actor=actor.record(), **members)
    start = rules.period_start(row.period, datetime.now(UTC))
    Balance.objects.create(
        org_id=org_id, budget_id=row.id, start=start, spent=spent_before(row, start)
    )
    _retell(row)
    (view,) = views([row])
    _say(events.BUDGET_SET, actor, row, {"before": None, "after": _told(row)})
    return view


def _change(actor: Actor, row: Budget, wanted: dict[str, Any]) -> BudgetView:
    before = _told(row)
    for name, value in wanted.items():
        setattr(row, name, value)
    after = _told(row)
    if after != before:
        row.save(update_fields=list(wanted))
        _retell(row)
        _say(events.BUDGET_CHANGED, actor, row, {"before": before, "after": after})
    (view,) = views([row])
    return view


def _end(actor: Actor, row: Budget) -> None:
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    _say(events.BUDGET_ENDED, actor, row, {"before": _told(row), "after": None})


def _held_still(budget_id: UUID) -> Budget:
    """The budget with its balances locked: whoever reserves meanwhile waits, and reads it anew."""
    locked = Balance.objects.select_for_update().filter(budget_id=budget_id).order_by("start")
    list(locked)
    return Budget.objects.select_for_update().get(id=budget_id)


def _keep_balance(row: Budget, start: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_lock(%s, %s, %s)", [row.org_id, [row.id], [start]])


def _retell(row: Budget) -> None:
    """After a change of the amount people are told anew of what is not reached yet."""
    start = rules.period_start(row.period, datetime.now(UTC))
    balance = Balance.objects.filter(org_id=row.org_id, budget_id=row.id, start=start).first()
    if balance is None:
        return
    reached = rules.crossed(balance.spent, row.amount + balance.lifted, row.alert_threshold)
    Balance.objects.filter(org_id=row.org_id, budget_id=row.id, start=start).update(
        told=min([balance.told, *reached[-1:]]) if reached else 0, refused_at=None
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_warn(%s, %s, %s)", [row.org_id, [row.id], [start]])


def _cap(row: Budget, start: datetime) -> Decimal:
    balance = Balance.objects.filter(org_id=row.org_id, budget_id=row.id, start=start).first()
    return row.amount + (balance.lifted if balance else Decimal(0))


def _may_change(actor: Actor, access: Access, row: Budget, *, lock: bool = False) -> None:
    if row.origin == POLICY:
        raise Conflict(
            f"The project's policy sets this budget (analytics.{row.name}). Change the policy, or "
            "approve spending beyond it.",
            code="budget_of_policy",
        )
    if row.locked or lock:
        _require_organization(actor, access.org_id)


def _require_organization(actor: Actor, org_id: UUID) -> OrgAccess:
    """Locks are the organization's: a project's PM neither sets nor opens one."""
    with organization_scope(actor, org_id) as access:
        access.require(PERMISSION)
        return access


def _checked(scope: str, subject: str, project_id: UUID | None) -> str:
    subject = subject.strip()
    if scope not in rules.SCOPES:
        raise Invalid(f"{scope!r} is no scope; there are {', '.join(rules.SCOPES)}.", field="scope")
    if scope in ("organization", "project"):
        if subject:
            raise Invalid(f"A budget of a {scope} has no subject.", field="subject")
        if (scope == "project") != (project_id is not None):
            raise Invalid(
                "A project's budget names project_id, an organization's names org_id alone.",
                field="scope",
            )
        return ""
    if not subject or len(subject) > LONGEST or "\x00" in subject:
        raise Invalid(f"Name the {scope}, in up to {LONGEST} characters.", field="subject")
    if scope in rules.IN_PROJECT and project_id is None:
        raise Invalid(f"A {scope} stands in a project: name project_id.", field="project_id")
    if scope == "team" and project_id is not None:
        raise Invalid("A team's budget is the organization's: name org_id.", field="scope")
    if scope in rules.BY_ID:
        try:
            return str(UUID(subject))
        except ValueError:
            raise Invalid(f"The subject is the id of the {scope}.", field="subject") from None
    return subject


def _check_amounts(amount: Decimal | None, threshold: Decimal | None) -> None:
    problem = "" if amount is None else rules.amount_problem(amount)
    if problem:
        raise Invalid(problem, field="amount_usd")
    if threshold is not None and not (threshold.is_finite() and 0 < threshold <= 1):
        raise Invalid("The threshold is a part of the amount, up to 1.", field="alert_threshold")


def _told(row: Budget) -> dict[str, Any]:
    return {
        "scope": row.scope,
        "subject": row.subject,
        "name": row.name,
        "period": row.period,
        "amount": text(row.amount),
        "hard": row.hard,
        "alert_threshold": f"{row.alert_threshold.normalize():f}",
        "locked": row.locked,
        "enabled": row.enabled,
        "origin": row.origin,
    }


def _say(kind: str, actor: Actor, row: Budget, data: dict[str, Any]) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data=data,
    )
