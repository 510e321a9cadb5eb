"""Public list prices, from the maintained library `genai-prices` (ADR 0036)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from buildrunner.server.domains.metering.rules.rates import rates_json
from buildrunner.server.domains.metering.types.prices import Price, Rate

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

# Our kinds and the library's keys; all per million tokens.
_KEYS = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
}
# How others call the providers of the library.
_ALIASES = {"gemini": "google", "vertex": "google", "bedrock": "aws", "azure-openai": "azure"}
_GRAIN = 300  # seconds; off-peak prices begin and end at such times
_BATCH = {"processing": "batch"}


def listed(provider: str | None, model: str, at: datetime) -> Price | None:
    """The list price of a model at a time; None where the library knows none.

    Without a provider it is the one that the model's name belongs to. The version names the
    library's release, the model and a digest of the rates.
    """
    if provider:
        provider = provider.lower()
        provider = _ALIASES.get(provider, provider)
    moment = int(at.timestamp()) // _GRAIN * _GRAIN
    return _listed(provider or None, model, moment)


def release() -> str:
    """The library's version, as charges name it."""
    import genai_prices

    return f"genai-prices/{genai_prices.__version__}"


@lru_cache(maxsize=8192)
def _listed(provider: str | None, model: str, moment: int) -> Price | None:
    found = _find(provider, model)
    if found is None:
        return None
    maker, entry = found
    at = datetime.fromtimestamp(moment, UTC)
    standard = _rates(entry.get_prices(at))
    if "input" not in standard:  # sold by the second, page or picture
        return None
    batch = _batch_rates(entry, at)
    per_request = _per_request(entry.get_prices(at))
    digest = sha256(repr((rates_json(standard), batch and rates_json(batch), per_request)).encode())
    return Price(
        version=f"{release()}/{maker.id}/{entry.id}#{digest.hexdigest()[:8]}",
        provider=maker.id,
        model=entry.id,
        rates=standard,
        batch_rates=batch,
        per_request=per_request,
    )


def _find(provider: str | None, model: str) -> tuple[Provider, ModelInfo] | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        return get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None


def _batch_rates(entry: ModelInfo, at: datetime) -> dict[str, Rate] | None:
    """Those of the batch interface; None where no such price is known at that time."""
    for variant in entry.price_variants or ():
        if variant.when == _BATCH and (variant.constraint is None or variant.constraint.active(at)):
            return _rates(entry.get_prices(at, _BATCH))
    return None


def _rates(price: ModelPrice) -> dict[str, Rate]:
    listed = {kind: getattr(price, key, None) for kind, key in _KEYS.items()}
    return {kind: _rate(value) for kind, value in listed.items() if value is not None}


def _rate(value: Any) -> Rate:
    if isinstance(value, Decimal):
        return Rate(value)
    return Rate(value.base, tuple((tier.start, tier.price) for tier in value.tiers))


def _per_request(price: ModelPrice) -> Decimal:
    per_thousand = getattr(price, "requests_kcount", None)
    return per_thousand / 1000 if isinstance(per_thousand, Decimal) else Decimal(0)
