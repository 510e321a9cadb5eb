"""The tables of the room."""

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
    "ClosedPeriod",
    "OwnPrice",
    "PriceVersion",
    "Rollup",
    "UnpricedModel",
    "UsageEvent",
    "UsageReceipt",
    "UsageSeen",
]
