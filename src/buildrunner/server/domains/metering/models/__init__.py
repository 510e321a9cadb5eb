"""The tables of the room."""

from buildrunner.server.domains.metering.models.budgets import (
    Balance,
    Budget,
    Hold,
    Lift,
    QuotaSetting,
    QuotaWarning,
    StorageGrowth,
)
from buildrunner.server.domains.metering.models.prices import (
    OwnPrice,
    PriceVersion,
    UnpricedModel,
)
from buildrunner.server.domains.metering.models.rollups import (
    Adjustment,
    ClosedPeriod,
    Rollup,
)
from buildrunner.server.domains.metering.models.usage import UsageEvent, UsageReceipt, UsageSeen

__all__ = [
    "Adjustment",
    "Balance",
    "Budget",
    "ClosedPeriod",
    "Hold",
    "Lift",
    "OwnPrice",
    "PriceVersion",
    "QuotaSetting",
    "QuotaWarning",
    "Rollup",
    "StorageGrowth",
    "UnpricedModel",
    "UsageEvent",
    "UsageReceipt",
    "UsageSeen",
]
