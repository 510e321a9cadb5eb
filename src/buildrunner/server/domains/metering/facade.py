"""The door to metering."""

from buildrunner.server.domains.metering.actions.record_usage import (
    record_usage,
    record_usage_async,
    record_usage_on,
)
from buildrunner.server.domains.metering.errors import (
    EventInvalid,
    EventRejected,
    UsageConflict,
)
from buildrunner.server.domains.metering.queries.prices import quote
from buildrunner.server.domains.metering.rules.booking import MOST_TEXT
from buildrunner.server.domains.metering.rules.cloudevents import bare as bare_usage
from buildrunner.server.domains.metering.rules.cloudevents import project_of, understand
from buildrunner.server.domains.metering.rules.cloudevents import read as read_events
from buildrunner.server.domains.metering.rules.money import text as money
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.prices import Price, Rate
from buildrunner.server.domains.metering.types.usage import Outcome, Tokens, Usage

__all__ = [
    "MOST_TEXT",
    "Attribution",
    "EventInvalid",
    "EventRejected",
    "Outcome",
    "Price",
    "Rate",
    "Tokens",
    "Usage",
    "UsageConflict",
    "bare_usage",
    "money",
    "project_of",
    "quote",
    "read_events",
    "record_usage",
    "record_usage_async",
    "record_usage_on",
    "understand",
]
