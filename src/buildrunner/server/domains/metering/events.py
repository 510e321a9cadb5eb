"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

UNPRICED: Final = "usage.unpriced"  # {type, provider, model, source}: once a month each
PERIOD_CLOSED: Final = "usage.period_closed"  # {month}
REPRICED: Final = "usage.repriced"  # {from, until, model, events, changed, difference}
PRICE_SET: Final = "price.set"  # {type, provider, model, rates, …, valid_from}
PRICE_WITHDRAWN: Final = "price.withdrawn"  # {type, provider, model}
# Written by the database as well (migration 0003).
BUDGET_ALERT: Final = "budget.alert"  # {budget, name, scope, subject, period, level, cap, spent, …}
BUDGET_BLOCKED: Final = "budget.blocked"  # the same: the first refusal of a period
BUDGET_SET: Final = "budget.set"  # {before: null, after}
BUDGET_CHANGED: Final = "budget.changed"  # {before, after}
BUDGET_ENDED: Final = "budget.ended"  # {before, after: null}
BUDGET_LIFTED: Final = "budget.lifted"  # {name, period_start, amount, reason, before, after}
QUOTA_ALERT: Final = "quota.alert"  # {type, level, limit, used, tier}
QUOTA_CHANGED: Final = "quota.changed"  # {type, before, after}
