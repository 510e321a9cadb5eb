"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

UNPRICED: Final = "usage.unpriced"  # {type, provider, model, source}: once a month each
PERIOD_CLOSED: Final = "usage.period_closed"  # {month}
REPRICED: Final = "usage.repriced"  # {from, until, model, events, changed, difference}
PRICE_SET: Final = "price.set"  # {type, provider, model, rates, …, valid_from}
PRICE_WITHDRAWN: Final = "price.withdrawn"  # {type, provider, model}
