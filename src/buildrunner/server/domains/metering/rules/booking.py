"""What an event costs, when it is booked, what tells it apart, and how events are summed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.prices import Price
from buildrunner.server.domains.metering.types.usage import Tokens, Usage

UNITS = {
    "tokens": "tokens",
    "api_calls": "calls",
    "storage": "bytes",
    "compute": "seconds",
    "integrations": "units",
}
# Clocks differ; more than this is a mistake.
AHEAD = timedelta(hours=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
ZERO = Decimal(0)
MOST = Decimal(10) ** 15
MOST_COST = Decimal(10) ** 10
PLACES = Decimal(1).scaleb(-10)
MOST_TEXT = 200
# Types that nobody sells unless an organization says so in its own list: no alert.
UNSOLD = frozenset({"api_calls", "storage"})

Quote = Callable[[Usage, datetime], Price | None]
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def digest(usage: Usage, cause: bytes | None = None) -> bytes:
    """16 bytes that two events have in common only if they say the same. What the server adds
    (time of receipt, who sent it) is no part of it. `cause` is `cause_digest`, where it is known.
    """
    said = (
        cause or cause_digest(usage.attribution),
        usage.type,
        usage.time,
        usage.quantity.normalize(),
        usage.model,
        usage.provider,
        usage.tokens,
        usage.data,
        None if usage.charged is None else usage.charged.normalize(),
    )
    return blake2b(_encode(said), digest_size=16).digest()


def cause_digest(cause: Attribution) -> bytes:
    """The same of what an event says about its cause."""
    said = (
        cause.project_id and cause.project_id.bytes,
        cause.team_id and cause.team_id.bytes,
        *(cause.milestone, cause.step, cause.microstep, cause.pr, cause.run),
    )
    return blake2b(_encode(said), digest_size=16).digest()


def refusal(usage: Usage, now: datetime) -> tuple[str, str] | None:
    """Code and words why an event cannot be counted; None if it can."""
    if usage.type not in UNITS:
        known = ", ".join(UNITS)
        return "usage_type_unknown", f"{usage.type!r} is no type of usage; there are {known}."
    if not usage.quantity.is_finite() or not ZERO <= usage.quantity <= MOST:
        return "quantity_invalid", "The quantity is a number from 0 to 10^15."
    if usage.charged is not None and not (usage.charged.is_finite() and usage.charged >= 0):
        return "charge_invalid", "What was charged is a number from 0."
    if usage.time is not None and usage.time > now + AHEAD:
        return "time_in_future", "The time lies more than an hour ahead."
    if usage.time is not None and usage.time < EARLIEST:
        return "time_too_old", "The time lies before the year 2000."
    return None


def cost_of(usage: Usage, price: Price | None) -> Decimal | None:
    """The charge by a price, to 10 places, as it is kept and summed. Tokens that are not told apart
    are charged as uncached input."""
    if usage.charged is not None:
        return usage.charged.quantize(PLACES)
    if price is None:
        return None
    if usage.type == "tokens":
        cost = price.cost(usage.tokens or Tokens(input=int(usage.quantity)))
    else:
        cost = None if price.per_unit is None else usage.quantity * price.per_unit
    return cost if cost is None or cost.same_quantum(PLACES) else cost.quantize(PLACES)


def stamp(time: datetime) -> str:
    """A time in UTC as RFC 3339 has it; several times faster than `isoformat`."""
    written: str = msgspec.to_builtins(time)
    return written


def month_of(time: datetime) -> date:
    """The first of its month, in UTC."""
    return date(time.year, time.month, 1)


def months_of(times: Iterable[datetime]) -> list[date]:
    """The months of some times, in their order."""
    return [date(*one, 1) for one in sorted({(time.year, time.month) for time in times})]


def start_of(month: date) -> datetime:
    """Its first moment."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


class Sum(msgspec.Struct, gc=False):
    """A row of the rollups while it is added up."""

    events: int = 0
    quantity: Decimal = Decimal(0)
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    cost: Decimal | None = None
    unpriced: int = 0


class Dimensions(NamedTuple):
    """What the events of one row of the rollups agree in, beside their hour or day."""

    project_id: UUID | None
    team_id: UUID | None
    type: str
    provider: str | None
    model: str | None
    currency: str
    milestone: str | None
    step: str | None
    microstep: str | None
    person_id: UUID | None
    key_id: UUID | None
    agent_id: UUID | None

    def key(self) -> UUID:
        """A hash of all of them."""
        said = [str(one) if isinstance(one, UUID) else one for one in self]
        return UUID(bytes=blake2b(_encode(said), digest_size=16).digest())


class Booked(msgspec.Struct, frozen=True, gc=False):
    """An event as it is written: when, and what it costs by which price. `stamp` is `time` as
    text."""

    usage: Usage
    digest: bytes
    time: datetime
    stamp: str
    occurred_at: datetime
    price: Price | None
    cost: Decimal | None

    @property
    def unpriced(self) -> bool:
        """Whether a price is missing, rather than not to be expected."""
        return self.cost is None and self.usage.type not in UNSOLD


def dimensions(usage: Usage, currency: str = "USD") -> Dimensions:
    """Those of one event."""
    cause = usage.attribution
    return Dimensions(
        cause.project_id,
        cause.team_id,
        usage.type,
        usage.provider,
        usage.model,
        currency,
        cause.milestone,
        cause.step,
        cause.microstep,
        cause.person_id,
        cause.key_id,
        cause.agent_id,
    )


def sums(booked: Iterable[Booked]) -> dict[tuple[datetime, Dimensions], Sum]:
    """Events added up by hour and dimensions."""
    # Told apart by what is cheap to compare: causes are one object where they repeat.
    near: dict[tuple[Any, ...], list[Booked]] = defaultdict(list)
    for one in booked:
        usage = one.usage
        hour = one.stamp[:13]
        near[hour, usage.type, usage.provider, usage.model, id(usage.attribution)].append(one)
    found: dict[tuple[datetime, Dimensions], Sum] = {}
    for group in near.values():
        start = group[0].time.replace(minute=0, second=0, microsecond=0)
        name = (start, dimensions(group[0].usage))
        row = found.get(name)
        if row is None:
            row = found[name] = Sum()
        _merge(row, _added(group))
    return found


def _added(group: list[Booked]) -> Sum:
    """The sum of events that agree in their type and model."""
    tokens = [one.usage.tokens for one in group if one.usage.tokens is not None]
    costs = [one.cost for one in group if one.cost is not None]
    return Sum(
        len(group),
        sum([one.usage.quantity for one in group], ZERO),
        sum([one.input for one in tokens]),
        sum([one.cache_read for one in tokens]),
        sum([one.cache_write for one in tokens]),
        sum([one.output for one in tokens]),
        sum([one.reasoning for one in tokens]),
        sum(costs, ZERO) if costs else None,
        sum([one.unpriced for one in group]) if len(costs) < len(group) else 0,
    )


def by_day(hours: dict[tuple[datetime, Dimensions], Sum]) -> dict[tuple[datetime, Dimensions], Sum]:
    """The same by day."""
    found: dict[tuple[datetime, Dimensions], Sum] = {}
    for (hour, about), part in hours.items():
        name = (hour.replace(hour=0), about)
        row = found.get(name)
        if row is None:
            row = found[name] = Sum()
        _merge(row, part)
    return found


def _merge(row: Sum, part: Sum) -> None:
    row.events += part.events
    row.quantity += part.quantity
    row.input += part.input
    row.cache_read += part.cache_read
    row.cache_write += part.cache_write
    row.output += part.output
    row.reasoning += part.reasoning
    row.unpriced += part.unpriced
    if part.cost is not None:
        row.cost = part.cost if row.cost is None else row.cost + part.cost


def placed(microstep: str | None, step: str | None, milestone: str | None) -> tuple[Any, Any, Any]:
    """A microstep's parents, where its id names them (`m1.s1.ms2` stands in `m1.s1` and `m1`)."""
    if microstep and step is None and "." in microstep:
        step = microstep.rpartition(".")[0]
    if step and milestone is None and "." in step:
        milestone = step.rpartition(".")[0]
    return milestone, step, microstep
