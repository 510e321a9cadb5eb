"""What tokens cost, against exact fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.types.prices import KINDS

ELSE = {"cache_read": "input", "cache_write": "input", "reasoning": "output"}
AMOUNTS = st.one_of(
    st.decimals(0, 100, places=4),
    st.decimals(0, 100, places=7),  # less than the smallest part of a dollar that is kept
    st.just(Decimal(0)),
)
RATES = st.builds(
    lambda base, tiers: metering.Rate(base, tuple(sorted(tiers.items()))),
    AMOUNTS,
    st.dictionaries(st.sampled_from([0, 1000, 200_000]), AMOUNTS, max_size=2),
)
TABLES = st.fixed_dictionaries(
    {"input": RATES, "output": RATES},
    optional={"cache_read": RATES, "cache_write": RATES, "reasoning": RATES},
) | st.dictionaries(st.sampled_from(KINDS), RATES)
COUNTS = st.sampled_from([0, 1, 999, 1000, 1001, 200_001, 10**12])


@given(TABLES, st.none() | TABLES, AMOUNTS, st.tuples(*[COUNTS] * 5), st.booleans())
@settings(max_examples=500, deadline=None)
def test_the_cost_is_exact(
    rates: dict[str, metering.Rate],
    batch_rates: dict[str, metering.Rate] | None,
    request: Decimal,
    counts: tuple[int, ...],
    batch: bool,
) -> None:
    price = metering.Price("v", "p", "m", rates, batch_rates, request)
    cost = price.cost(metering.Tokens(*counts, batch=batch))
    table = batch_rates if batch else rates
    context = sum(counts[:3])
    wanted: Fraction | None = Fraction(request)
    for kind, count in zip(KINDS, counts, strict=True):
        rate = None if table is None else table.get(kind) or table.get(ELSE.get(kind, ""))
        if table is None or (count and rate is None):
            wanted = None
            break
        if count and rate is not None:
            tiers = [rate.base, *(one for start, one in rate.tiers if context > start)]
            wanted += Fraction(tiers[-1]) * count / 1_000_000
    if wanted is None:
        assert cost is None
    else:
        assert cost is not None
        assert abs(Fraction(cost) - wanted) <= Fraction(1, 10**11)
