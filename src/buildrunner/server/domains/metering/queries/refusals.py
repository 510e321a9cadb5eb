"""Why a call was refused: which budget, how it stands, and who can raise it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from buildrunner.server.domains.metering.errors import BudgetExceeded, Unpriced
from buildrunner.server.domains.metering.models import Balance, Budget
from buildrunner.server.domains.metering.rules.money import text
from buildrunner.server.domains.tenancy.facade import names_of_members, who_may
from buildrunner.server.platform.errors import DomainError

MOST_PEOPLE = 5


def refusal_of(budget_id: UUID, start: datetime, amount: Decimal | None) -> DomainError:
    """The 402 of a budget in the organization in scope; `amount` None: the price is not known."""
    budget = Budget.objects.get(id=budget_id)
    balance = Balance.objects.filter(budget_id=budget_id, start=start).first()
    spent = balance.spent if balance else Decimal(0)
    reserved = balance.reserved if balance else Decimal(0)
    cap = budget.amount + (balance.lifted if balance else Decimal(0))
    people = who_can_raise(budget)
    named = f"the {title_of(budget)}"
    told: dict[str, Any] = {
        "budget": str(budget.id),
        "level": budget.scope,
        "subject": budget.subject,
        "project_id": str(budget.project_id) if budget.project_id else None,
        "period": budget.period,
        "cap": text(cap),
        "spent": text(spent),
        "reserved": text(reserved),
        "wanted": text(amount),
        "who_can_raise": people,
        "approval": f"/api/admin/budgets/{budget.id}/approvals",
    }
    helpers = f" {', '.join(people)} can raise it." if people else ""
    if amount is None:
        return Unpriced(
            f"Nobody knows what this model costs, and {named} is a hard cap. Set a price for it "
            f"(`PUT /api/orgs/{budget.org_id}/prices`), or choose a model with one.",
            **told,
        )
    return BudgetExceeded(
        f"This would cost up to {text(amount)} USD; {named} has {text(cap - spent - reserved)} "
        f"USD left of {text(cap)} ({text(spent)} spent, {text(reserved)} reserved).{helpers}",
        **told,
    )


def title_of(budget: Budget) -> str:
    """A budget in words."""
    words = {"month": "monthly", "day": "daily", "total": "total"}[budget.period]
    what = f"{budget.scope} {budget.subject}".strip()
    return f"budget {budget.name!r}" if budget.name else f"{words} budget of the {what}"


def who_can_raise(budget: Budget) -> list[str]:
    """Some of the people who may change it."""
    project = None if budget.locked else budget.project_id
    ids = sorted(who_may("budget.manage", project_id=project))[:MOST_PEOPLE]
    return [name for name, _ in names_of_members(ids).values()]
