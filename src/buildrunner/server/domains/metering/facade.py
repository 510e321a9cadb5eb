"""The door to metering."""

from buildrunner.server.domains.metering.actions.record_usage import (
    record_usage,
    record_usage_async,
    record_usage_on,
)
from buildrunner.server.domains.metering.queries.prices import quote
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
    "quote",
    "record_usage",
    "record_usage_async",
    "record_usage_on",
]
