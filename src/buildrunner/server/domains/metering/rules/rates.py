"""Rates as JSON and back: how own prices and the versions that were charged are kept."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from buildrunner.server.domains.metering.types.prices import Price, Rate


def rates_json(rates: Mapping[str, Rate]) -> dict[str, Any]:
    """`{kind: "2.5"}`, or `{kind: {"base": "3", "tiers": [[200000, "6"]]}}`."""
    return {
        kind: str(rate.base)
        if not rate.tiers
        else {"base": str(rate.base), "tiers": [[start, str(one)] for start, one in rate.tiers]}
        for kind, rate in sorted(rates.items())
    }


def rates_from(kept: Mapping[str, Any]) -> dict[str, Rate]:
    """The rates that `rates_json` wrote."""
    return {
        kind: Rate(Decimal(value))
        if isinstance(value, str)
        else Rate(
            Decimal(value["base"]), tuple((start, Decimal(one)) for start, one in value["tiers"])
        )
        for kind, value in kept.items()
    }


def price_json(price: Price) -> dict[str, Any]:
    """A whole price, as `metering_priceversion` keeps it."""
    return {
        "rates": rates_json(price.rates),
        "batch_rates": None if price.batch_rates is None else rates_json(price.batch_rates),
        "per_request": str(price.per_request),
        "per_unit": None if price.per_unit is None else str(price.per_unit),
        "currency": price.currency,
    }


def price_from(version: str, provider: str, model: str, kept: Mapping[str, Any]) -> Price:
    """The price that `price_json` wrote."""
    batch = kept.get("batch_rates")
    per_unit = kept.get("per_unit")
    return Price(
        version=version,
        provider=provider,
        model=model,
        rates=rates_from(kept["rates"]),
        batch_rates=None if batch is None else rates_from(batch),
        per_request=Decimal(kept.get("per_request", "0")),
        per_unit=None if per_unit is None else Decimal(per_unit),
        currency=kept.get("currency", "USD"),
    )
