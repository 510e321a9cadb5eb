"""The door to metering."""

from buildrunner.server.domains.metering.actions.close_period import close_period, close_periods
from buildrunner.server.domains.metering.actions.keep_partitions import (
    keep_partitions,
    purge_receipts,
)
from buildrunner.server.domains.metering.actions.meter_server import CallMeter, meter_storage
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
from buildrunner.server.domains.metering.queries.focus import focus_csv, focus_parquet
from buildrunner.server.domains.metering.queries.prices import list_prices, quote
from buildrunner.server.domains.metering.queries.reconcile import reconcile
from buildrunner.server.domains.metering.queries.usage import (
    GROUPS,
    list_adjustments,
    list_events,
    period_usage,
    summary,
)
from buildrunner.server.domains.metering.rules.booking import MOST_TEXT, UNITS
from buildrunner.server.domains.metering.rules.cloudevents import bare as bare_usage
from buildrunner.server.domains.metering.rules.cloudevents import project_of, understand
from buildrunner.server.domains.metering.rules.cloudevents import read as read_events
from buildrunner.server.domains.metering.rules.leases import Due, LeaseBook
from buildrunner.server.domains.metering.rules.leases import Hold as LeaseHold
from buildrunner.server.domains.metering.rules.money import text as money
from buildrunner.server.domains.metering.rules.rates import price_json
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.budgets import (
    BudgetView,
    Lease,
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
    "Due",
    "EventInvalid",
    "EventRejected",
    "EventView",
    "HoldAbsent",
    "HoldClosed",
    "Lease",
    "LeaseBook",
    "LeaseHold",
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
    "SummaryRow",
    "Tokens",
    "Unpriced",
    "Usage",
    "UsageConflict",
    "bare_usage",
    "close_period",
    "close_periods",
    "focus_csv",
    "focus_parquet",
    "keep_partitions",
    "list_adjustments",
    "list_events",
    "list_prices",
    "meter_storage",
    "money",
    "period_usage",
    "price_json",
    "project_of",
    "purge_receipts",
    "quote",
    "read_events",
    "reconcile",
    "record_usage",
    "record_usage_async",
    "record_usage_on",
    "release",
    "release_async",
    "renew_lease",
    "renew_lease_async",
    "reprice",
    "reserve",
    "reserve_async",
    "set_price",
    "settle",
    "settle_async",
    "settle_lease",
    "settle_on",
    "summary",
    "take_lease",
    "take_lease_async",
    "understand",
    "withdraw_price",
]
