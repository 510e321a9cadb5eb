"""Budgets."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.models import (
    Balance,
    Budget,
    QuotaWarning,
    StorageGrowth,
)
from buildrunner.server.domains.metering.rules import budgets as rules
from buildrunner.server.platform.db.scope import tenant_scope
from factories.tenants import Tenant


def budget_row(tenant: Tenant, amount: str = "1", **members: Any) -> UUID:
    """A hard monthly budget of the project, unless told otherwise, written as it is kept."""
    scope = members.get("scope", "project")
    project = tenant.project_id if scope in rules.IN_PROJECT else members.get("project_id")
    given = {
        "scope": scope,
        "subject": "",
        "period": "month",
        "hard": True,
        "alert_threshold": Decimal("0.8"),
        **members,
        "project_id": project,
    }
    with tenant_scope(tenant.org_id):
        row = Budget.objects.create(
            org_id=tenant.org_id,
            amount=Decimal(amount),
            actor=tenant.actor.record(),
            target=rules.target(scope, project, given["subject"]),
            **given,
        )
        return row.id


def cause(tenant: Tenant, **members: Any) -> metering.Attribution:
    """The tenant's project, and what is named."""
    return metering.Attribution(tenant.org_id, project_id=tenant.project_id, **members)


def balance(tenant: Tenant, budget_id: UUID, at: datetime | None = None) -> tuple[Decimal, Decimal]:
    """Spent and reserved in the budget's period of a moment."""
    with tenant_scope(tenant.org_id):
        period = Budget.objects.get(id=budget_id).period
        start = rules.period_start(period, at or datetime.now(UTC))
        row = Balance.objects.filter(budget_id=budget_id, start=start).first()
        return (row.spent, row.reserved) if row else (Decimal(0), Decimal(0))


def make_budget_rows(tenant: Tenant) -> UUID:
    """A row in every table of budgets and quotas; the id of a budget."""
    made = budget_row(tenant, "100", period="day")
    metering.take_lease(cause(tenant), Decimal(1), id=uuid4())
    metering.lift_budget(tenant.actor, made, amount=Decimal(1), reason="more")
    metering.set_overage(tenant.actor, tenant.org_id, kind="tokens", overage=True)
    with tenant_scope(tenant.org_id):
        QuotaWarning.objects.create(
            org_id=tenant.org_id,
            month=datetime.now(UTC).date().replace(day=1),
            type="tokens",
            level=Decimal("0.8"),
        )
        StorageGrowth.objects.get_or_create(
            org_id=tenant.org_id, day=date(2000, 1, 1), defaults={"bytes": 1}
        )
    return made
