"""A price, as a table of rates that computes costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from buildrunner.server.domains.metering.types.usage import Tokens

MILLION = Decimal(1_000_000)
KINDS = ("input", "cache_read", "cache_write", "output", "reasoning")
# Most rates are whole multiples of this for one token: their charges are sums of integers.
_ATOM = Decimal(1).scaleb(-10)
# What a kind is charged as where its own rate is not listed: a model without cache prices counts
# cached tokens as input, and reasoning is written like any other output.
_ELSE = {"cache_read": "input", "cache_write": "input", "reasoning": "output"}


# Rows `(start, rates of KINDS, charge of a request)` in `_ATOM`; a row holds for calls with more
# than `start` input tokens.
_Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """USD (or the price's currency) for a million tokens.

    `tiers` are `(start, rate)` in rising order: a call with more than `start` input tokens pays
    that rate for all of its tokens, as the providers' price lists have it.
    """

    base: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """The rate of a call with so many input tokens, cached ones included."""
        rate = self.base
        for start, tier in self.tiers:
            if input_tokens > start:
                rate = tier
        return rate

    def highest(self, input_tokens: int) -> Decimal:
        """The most that a call with up to so many input tokens can pay."""
        return max([self.base, *(rate for start, rate in self.tiers if input_tokens > start)])


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost at one time.

    `version` names the price list and, for own prices, the entry: the same version always holds
    the same rates. `rates` and `batch_rates` are by kind (`KINDS`). `per_unit` is for usage that
    is not tokens.
    """

    version: str
    provider: str
    model: str
    rates: Mapping[str, Rate]
    batch_rates: Mapping[str, Rate] | None = None
    per_request: Decimal = Decimal(0)
    per_unit: Decimal | None = None
    currency: str = "USD"
    _table: _Table | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_table", _in_atoms(self))

    def cost(self, tokens: Tokens) -> Decimal | None:
        """The exact cost, or None where a kind of token in use has no rate."""
        table = self._table
        if table is not None and not tokens.batch:
            row = table[0]
            if len(table) > 1:
                context = tokens.input + tokens.cache_read + tokens.cache_write
                for higher in table[1:]:
                    if context > higher[0]:
                        row = higher
            _, input_, cache_read, cache_write, output, reasoning, request = row
            return _ATOM * (
                tokens.input * input_
                + tokens.cache_read * cache_read
                + tokens.cache_write * cache_write
                + tokens.output * output
                + tokens.reasoning * reasoning
                + request
            )
        rates = self.batch_rates if tokens.batch else self.rates
        if rates is None:
            return None
        context = tokens.input + tokens.cache_read + tokens.cache_write
        total = Decimal(0)
        for kind, count in (
            ("input", tokens.input),
            ("cache_read", tokens.cache_read),
            ("cache_write", tokens.cache_write),
            ("output", tokens.output),
            ("reasoning", tokens.reasoning),
        ):
            if not count:
                continue
            rate = _rate_of(rates, kind)
            if rate is None:
                return None
            total += count * (rate.at(context) if rate.tiers else rate.base)
        return total / MILLION + self.per_request

    def upper_bound(self, input_tokens: int, max_output_tokens: int) -> Decimal:
        """The most that a call can cost which sends and is allowed so many tokens.

        A list without a rate for output (embeddings) charges input only.
        """
        sent = self._dearest(("input", "cache_read", "cache_write"), input_tokens)
        written = self._dearest(("output", "reasoning"), input_tokens)
        return (input_tokens * sent + max_output_tokens * written) / MILLION + self.per_request

    def _dearest(self, kinds: tuple[str, ...], input_tokens: int) -> Decimal:
        found = [self.rates[kind].highest(input_tokens) for kind in kinds if kind in self.rates]
        return max(found, default=Decimal(0))


def _rate_of(rates: Mapping[str, Rate], kind: str) -> Rate | None:
    return rates.get(kind) or rates.get(_ELSE.get(kind, ""))


def _in_atoms(price: Price) -> _Table | None:
    """The standard rates as integers, if there is one for every kind and all of them are whole."""
    rates = [_rate_of(price.rates, kind) for kind in KINDS]
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(KINDS):
        return None
    table = []
    for start in sorted({-1, *(start for rate in known for start, _ in rate.tiers)}):
        amounts = [*(rate.at(start + 1) / MILLION for rate in known), price.per_request]
        atoms = [amount / _ATOM for amount in amounts]
        if any(one != int(one) for one in atoms):
            return None
        table.append((start, *(int(one) for one in atoms)))
    return tuple(table)
