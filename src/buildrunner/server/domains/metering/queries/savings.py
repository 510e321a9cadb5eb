"""Savings hints, each computed from rows of usage that can be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from buildrunner.server.domains.metering.models import Rollup
from buildrunner.server.domains.metering.queries.prices import quote
from buildrunner.server.domains.metering.types.savings import Hint

DAYS = 30
# What is less is not worth a line.
LEAST = Decimal("0.01")
MILLION = Decimal(1_000_000)
# A prompt of which a smaller part is cached could be arranged to be cached.
CACHED_ENOUGH = Decimal("0.2")
# How much of uncached input a provider's cache commonly takes over when the prompt begins alike.
CACHEABLE = Decimal("0.5")
MOST = 6
_COUNTS = ("events", "input", "cache_read", "cache_write", "output", "reasoning", "cost")


def savings_hints(
    org_id: UUID, *, project_id: UUID | None = None, now: datetime | None = None
) -> list[Hint]:
    """The largest savings of the last 30 days first; in scope.

    Caching: half of the uncached input at the cache's rate, where the model has one and less than
    a fifth is cached. Batch: the same tokens at the batch rate. Unpriced: what a price is missing
    for.
    """
    now = now or datetime.now(UTC)
    since = (now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Rollup.objects.filter(org_id=org_id, grain="day", type="tokens", bucket__gte=since)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    found: list[Hint] = []
    for row in rows.values("provider", "model").annotate(
        **{f"all_{name}": Sum(name) for name in (*_COUNTS, "unpriced")}
    ):
        found += _hints(org_id, row, since, project_id, now)
    found.sort(key=lambda one: (one.saving is None, -(one.saving or 0), one.model))
    return found[:MOST]


def _hints(
    org_id: UUID, row: dict[str, Any], since: datetime, project_id: UUID | None, now: datetime
) -> list[Hint]:
    model, provider = row["model"] or "", row["provider"]
    query = {
        "event_type": "tokens",
        "model_name": model,
        "from": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    query |= {"project_id": str(project_id)} if project_id else {"org_id": str(org_id)}
    counts = {name: int(row[f"all_{name}"] or 0) for name in _COUNTS[:-1]}
    cost = row["all_cost"] or Decimal(0)
    found = []
    if row["all_unpriced"]:
        found.append(
            Hint(
                "price_missing",
                f"Set a price for {model or 'usage without a model'}",
                f"{row['all_unpriced']:,} calls have no known cost, so no budget counts them.",
                model,
                counts["events"],
                cost,
                None,
                query,
            )
        )
    price = quote(org_id, provider, model, now) if model else None
    if price is None:
        return found
    sent = counts["input"] + counts["cache_read"] + counts["cache_write"]
    plain, cached = price.rates.get("input"), price.rates.get("cache_read")
    if plain and cached and sent and counts["cache_read"] < CACHED_ENOUGH * sent:
        saving = CACHEABLE * counts["input"] * (plain.base - cached.base) / MILLION
        share = Decimal(counts["cache_read"]) * 100 / sent
        found.append(
            Hint(
                "cache_prompts",
                f"Let {model} read its prompts from the cache",
                f"{share:.0f} % of what is sent is cached. Begin prompts with the part that stays "
                "the same; half of it cached would save this much.",
                model,
                counts["events"],
                cost,
                saving,
                query,
            )
        )
    batch = price.batch_rates
    if batch and batch.get("input") and batch.get("output") and plain and price.rates.get("output"):
        saving = (
            counts["input"] * (plain.base - batch["input"].base)
            + counts["output"] * (price.rates["output"].base - batch["output"].base)
        ) / MILLION
        found.append(
            Hint(
                "use_batch",
                f"Send what can wait to the batch interface of {model}",
                "The same tokens at the batch rate would cost this much less.",
                model,
                counts["events"],
                cost,
                saving,
                query,
            )
        )
    return [one for one in found if one.saving is None or one.saving >= LEAST]
