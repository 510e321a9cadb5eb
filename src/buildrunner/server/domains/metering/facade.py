"""The door to metering."""

from buildrunner.server.domains.metering.actions.budgets import (
    change_budget,
    end_budget,
    follow_policy,
    lift_budget,
    set_budget,
)
from buildrunner.server.domains.metering.actions.close_period import close_period, close_periods
from buildrunner.server.domains.metering.actions.expire import expire_holds, purge_holds
from buildrunner.server.domains.metering.actions.keep_partitions import (
    keep_partitions,
    purge_receipts,
)
from buildrunner.server.domains.metering.actions.meter_server import CallMeter, meter_storage
from buildrunner.server.domains.metering.actions.quotas import (
    require_quota,
    set_overage,
    warn_all,
    warn_refused,
)
from buildrunner.server.domains.metering.actions.record_usage import (
    record_usage,
    record_usage_async,
    record_usage_on,
)
from buildrunner.server.domains.metering.actions.reprice import reprice
from buildrunner.server.domains.metering.actions.reserve import (
    release,
    release_async,
    renew_lease,
    renew_lease_async,
    reserve,
    reserve_async,
    settle,
    settle_async,
    settle_lease,
    settle_on,
    take_lease,
    take_lease_async,
)
from buildrunner.server.domains.metering.actions.set_price import set_price, withdraw_price
from buildrunner.server.domains.metering.actions.take_storage import take_storage
from buildrunner.server.domains.metering.errors import (
    BudgetExceeded,
    EventInvalid,
    EventRejected,
    HoldAbsent,
    HoldClosed,
    PriceAbsent,
    QuotaExceeded,
    Unpriced,
    UsageConflict,
)
from buildrunner.server.domains.metering.policies import CostLimits, cost_limits
from buildrunner.server.domains.metering.queries.budgets import (
    budget_scope,
    list_budgets,
    list_lifts,
    open_holds,
)
from buildrunner.server.domains.metering.queries.budgets import views as budget_views
from buildrunner.server.domains.metering.queries.focus import focus_csv, focus_parquet
from buildrunner.server.domains.metering.queries.marks import usage_mark
from buildrunner.server.domains.metering.queries.prices import list_prices, quote
from buildrunner.server.domains.metering.queries.quotas import quota_of, quotas, refuse_beyond
from buildrunner.server.domains.metering.queries.reconcile import reconcile
from buildrunner.server.domains.metering.queries.rows import names_behind, rows_behind
from buildrunner.server.domains.metering.queries.runs import Spent, spent_in_run
from buildrunner.server.domains.metering.queries.savings import savings_hints
from buildrunner.server.domains.metering.queries.usage import (
    GROUPS,
    list_adjustments,
    list_events,
    period_usage,
    summary,
)
from buildrunner.server.domains.metering.rules.booking import MOST_TEXT, UNITS
from buildrunner.server.domains.metering.rules.cloudevents import Reader as EventReader
from buildrunner.server.domains.metering.rules.cloudevents import bare as bare_usage
from buildrunner.server.domains.metering.rules.cloudevents import names_of as names_of_event
from buildrunner.server.domains.metering.rules.cloudevents import projects_of
from buildrunner.server.domains.metering.rules.cloudevents import read as read_events
from buildrunner.server.domains.metering.rules.leases import Due, LeaseBook
from buildrunner.server.domains.metering.rules.leases import Hold as LeaseHold
from buildrunner.server.domains.metering.rules.money import text as money
from buildrunner.server.domains.metering.rules.rates import price_json
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.budgets import (
    BudgetView,
    Lease,
    LiftView,
    QuotaView,
    Reservation,
)
from buildrunner.server.domains.metering.types.costs import (
    PriceView,
    ReconciledLine,
    Reconciliation,
    Repricing,
)
from buildrunner.server.domains.metering.types.prices import Price, Rate
from buildrunner.server.domains.metering.types.rollups import (
    AdjustmentView,
    EventView,
    PeriodLine,
    PeriodUsage,
    SummaryRow,
)
from buildrunner.server.domains.metering.types.savings import Hint
from buildrunner.server.domains.metering.types.usage import Outcome, Tokens, Usage

__all__ = [
    "GROUPS",
    "MOST_TEXT",
    "UNITS",
    "AdjustmentView",
    "Attribution",
    "BudgetExceeded",
    "BudgetView",
    "CallMeter",
    "CostLimits",
    "Due",
    "EventInvalid",
    "EventReader",
    "EventRejected",
    "EventView",
    "Hint",
    "HoldAbsent",
    "HoldClosed",
    "Lease",
    "LeaseBook",
    "LeaseHold",
    "LiftView",
    "Outcome",
    "PeriodLine",
    "PeriodUsage",
    "Price",
    "PriceAbsent",
    "PriceView",
    "QuotaExceeded",
    "QuotaView",
    "Rate",
    "ReconciledLine",
    "Reconciliation",
    "Repricing",
    "Reservation",
    "Spent",
    "SummaryRow",
    "Tokens",
    "Unpriced",
    "Usage",
    "UsageConflict",
    "bare_usage",
    "budget_scope",
    "budget_views",
    "change_budget",
    "close_period",
    "close_periods",
    "cost_limits",
    "end_budget",
    "expire_holds",
    "focus_csv",
    "focus_parquet",
    "follow_policy",
    "keep_partitions",
    "lift_budget",
    "list_adjustments",
    "list_budgets",
    "list_events",
    "list_lifts",
    "list_prices",
    "meter_storage",
    "money",
    "names_behind",
    "names_of_event",
    "open_holds",
    "period_usage",
    "price_json",
    "projects_of",
    "purge_holds",
    "purge_receipts",
    "quota_of",
    "quotas",
    "quote",
    "read_events",
    "reconcile",
    "record_usage",
    "record_usage_async",
    "record_usage_on",
    "refuse_beyond",
    "release",
    "release_async",
    "renew_lease",
    "renew_lease_async",
    "reprice",
    "require_quota",
    "reserve",
    "reserve_async",
    "rows_behind",
    "savings_hints",
    "set_budget",
    "set_overage",
    "set_price",
    "settle",
    "settle_async",
    "settle_lease",
    "settle_on",
    "spent_in_run",
    "summary",
    "take_lease",
    "take_lease_async",
    "take_storage",
    "usage_mark",
    "warn_all",
    "warn_refused",
    "withdraw_price",
]
