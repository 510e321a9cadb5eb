"""Which price of an organization's own list holds for what was used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from buildrunner.server.domains.metering.rules import library
from buildrunner.server.domains.metering.rules.rates import price_from
from buildrunner.server.domains.metering.types.prices import Price

ANY = "*"


class Entry(NamedTuple):
    """A row of the list."""

    id: UUID
    type: str
    provider: str
    model: str
    valid_from: datetime
    withdrawn_at: datetime | None
    kept: dict[str, Any]  # as `rates.price_json` writes it


def holding(
    entries: Sequence[Entry], kind: str, provider: str | None, model: str | None, at: datetime
) -> Price | None:
    """The entry that holds at a time: the one for this provider before the one for any, the model
    before `*`, the latest before earlier ones."""
    wanted_provider, wanted_model = (provider or "").lower(), (model or "").lower()
    best: tuple[tuple[bool, bool, datetime, UUID], Entry] | None = None
    for entry in entries:
        if (
            entry.type != kind
            or entry.model.lower() not in (wanted_model, ANY)
            or entry.provider.lower() not in (wanted_provider, "")
            or entry.valid_from > at
            or (entry.withdrawn_at is not None and entry.withdrawn_at <= at)
        ):
            continue
        rank = (entry.provider != "", entry.model != ANY, entry.valid_from, entry.id)
        if best is None or rank > best[0]:
            best = (rank, entry)
    if best is None:
        return None
    entry = best[1]
    return price_from(
        f"own/{entry.id}", provider or entry.provider, model or entry.model, entry.kept
    )


def price(
    entries: Sequence[Entry], kind: str, provider: str | None, model: str | None, at: datetime
) -> Price | None:
    """The organization's own price, else the list price of the model's tokens, else None."""
    own = holding(entries, kind, provider, model, at) if entries else None
    if own is not None:
        return own
    return library.listed(provider, model, at) if kind == "tokens" and model else None
