"""Which price holds, and which own prices there are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from buildrunner.server.domains.metering.models import OwnPrice
from buildrunner.server.domains.metering.rules import own
from buildrunner.server.domains.metering.types.costs import PriceView
from buildrunner.server.domains.metering.types.prices import Price
from buildrunner.server.platform.db.scope import tenant_scope


def quote(org_id: UUID, provider: str | None, model: str, at: datetime) -> Price | None:
    """What a model's tokens cost an organization at a time: by its own list, else by the list
    price; None where neither knows it. The caller has judged who asks."""
    with tenant_scope(org_id):
        return own.price(entries_of(org_id, "tokens"), "tokens", provider, model, at)


def entries_of(org_id: UUID, kind: str | None = None) -> list[own.Entry]:
    """The organization's own list, in scope."""
    rows = OwnPrice.objects.filter(org_id=org_id)
    if kind is not None:
        rows = rows.filter(type=kind)
    return [entry_of(row) for row in rows.order_by("id")]


def entry_of(row: OwnPrice) -> own.Entry:
    """A row as the rules read it."""
    return own.Entry(
        id=row.id,
        type=row.type,
        provider=row.provider,
        model=row.model,
        valid_from=row.valid_from,
        withdrawn_at=row.withdrawn_at,
        kept={
            "rates": row.rates,
            "batch_rates": row.batch_rates,
            "per_request": str(row.per_request),
            "per_unit": None if row.per_unit is None else str(row.per_unit),
            "currency": row.currency,
        },
    )


def list_prices(org_id: UUID, *, withdrawn: bool = False) -> list[PriceView]:
    """The organization's own list, newest first; in scope."""
    rows = OwnPrice.objects.filter(org_id=org_id)
    if not withdrawn:
        rows = rows.filter(withdrawn_at__isnull=True)
    return [price_view(row) for row in rows.order_by("-id")]


def price_view(row: OwnPrice) -> PriceView:
    """A row as it is told."""
    return PriceView(**{name: getattr(row, name) for name in PriceView.__slots__})
