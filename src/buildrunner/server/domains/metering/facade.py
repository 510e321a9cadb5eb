"""The door to metering."""

from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.prices import Price, Rate
from buildrunner.server.domains.metering.types.usage import Outcome, Tokens, Usage

__all__ = [
    "Attribution",
    "Outcome",
    "Price",
    "Rate",
    "Tokens",
    "Usage",
]
