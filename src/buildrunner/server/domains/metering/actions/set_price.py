"""The organization's own price list: entries are added and withdrawn, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from buildrunner.server.domains.metering import events
from buildrunner.server.domains.metering.errors import PriceAbsent
from buildrunner.server.domains.metering.models import OwnPrice
from buildrunner.server.domains.metering.queries.prices import price_view
from buildrunner.server.domains.metering.rules.booking import UNITS
from buildrunner.server.domains.metering.rules.own import ANY
from buildrunner.server.domains.metering.rules.rates import rates_json
from buildrunner.server.domains.metering.types.costs import PriceView
from buildrunner.server.domains.metering.types.prices import KINDS, Rate
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit

_MOST = Decimal(10) ** 6


def set_price(
    actor: Actor,
    org_id: UUID,
    *,
    model: str,
    provider: str = "",
    kind: str = "tokens",
    rates: Mapping[str, Decimal] | None = None,
    batch_rates: Mapping[str, Decimal] | None = None,
    per_request: Decimal = Decimal(0),
    per_unit: Decimal | None = None,
    valid_from: datetime | None = None,
    note: str = "",
) -> PriceView:
    """Add an entry that holds from a moment on, in USD; tokens for a million of them.

    What was charged keeps its price until it is repriced. Needs `budget.manage`. Raises Invalid.
    """
    if kind not in UNITS:
        raise Invalid(f"{kind!r} is no type of usage; there are {', '.join(UNITS)}.", field="type")
    given = _rates(rates or {}, "rates")
    batch = None if batch_rates is None else _rates(batch_rates, "batch_rates")
    if kind == "tokens" and not given:
        raise Invalid("A price of tokens has rates, `input` and `output` for most.", field="rates")
    if kind == "tokens" and "input" not in given:
        raise Invalid("`input` is missing: the other kinds fall back on it.", field="rates")
    if kind != "tokens" and per_unit is None:
        raise Invalid(f"A price of {kind} has `per_unit`.", field="per_unit")
    for name, value in (("per_request", per_request), ("per_unit", per_unit)):
        _judge(value, name)
    with organization_scope(actor, org_id) as access:
        access.require("budget.manage")
        row = OwnPrice.objects.create(
            org_id=org_id,
            provider=provider.strip().lower(),
            model=model.strip() or ANY,
            type=kind,
            rates=rates_json(given),
            batch_rates=None if batch is None else rates_json(batch),
            per_request=per_request,
            per_unit=per_unit,
            valid_from=valid_from or datetime.now(UTC),
            note=note,
            actor=actor.record(),
        )
        emit(
            events.PRICE_SET,
            actor=actor,
            org_id=org_id,
            subject=str(row.id),
            data={
                "type": kind,
                "provider": row.provider,
                "model": row.model,
                "rates": row.rates,
                "batch_rates": row.batch_rates,
                "per_request": str(per_request),
                "per_unit": None if per_unit is None else str(per_unit),
                "valid_from": row.valid_from.isoformat(),
            },
        )
        return price_view(row)


def withdraw_price(actor: Actor, org_id: UUID, *, price_id: UUID) -> None:
    """From now on the entry holds no more; what it charged stays. Needs `budget.manage`. Raises
    PriceAbsent."""
    with organization_scope(actor, org_id) as access:
        access.require("budget.manage")
        row = (
            OwnPrice.objects.select_for_update()
            .filter(org_id=org_id, id=price_id, withdrawn_at__isnull=True)
            .first()
        )
        if row is None:
            raise PriceAbsent(f"No price {price_id} here, or it was withdrawn already.")
        row.withdrawn_at = datetime.now(UTC)
        row.save(update_fields=["withdrawn_at"])
        emit(
            events.PRICE_WITHDRAWN,
            actor=actor,
            org_id=org_id,
            subject=str(row.id),
            data={"type": row.type, "provider": row.provider, "model": row.model},
        )


def _rates(given: Mapping[str, Decimal], field: str) -> dict[str, Rate]:
    unknown = sorted(given.keys() - set(KINDS))
    if unknown:
        raise Invalid(
            f"{unknown[0]!r} is no kind of token; there are {', '.join(KINDS)}.", field=field
        )
    for value in given.values():
        _judge(value, field)
    return {kind: Rate(value) for kind, value in given.items()}


def _judge(value: Decimal | None, field: str) -> None:
    if value is not None and not (value.is_finite() and 0 <= value <= _MOST):
        raise Invalid("A price is a number from 0 to a million.", field=field)
