"""An invoice against the meter."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from buildrunner.server.domains.metering.models import Rollup
from buildrunner.server.domains.metering.rules import invoices, library
from buildrunner.server.domains.metering.types.costs import ReconciledLine, Reconciliation
from buildrunner.server.platform.errors import Invalid

_Key = tuple[str | None, str]


@dataclass(slots=True)
class _Side:
    cost: Decimal | None = None
    quantity: Decimal | None = None
    unpriced: int = 0
    events: int = 0
    names: set[str] = field(default_factory=set)


def reconcile(
    org_id: UUID,
    *,
    invoice: str,
    since: datetime | None = None,
    until: datetime | None = None,
    provider: str | None = None,
) -> Reconciliation:
    """The difference per model of a CSV file and what was metered in its days; in scope.

    Models are matched by what the price library calls them, so `gpt-4o-2024-08-06` meets `gpt-4o`.
    Without times the file has to name its days. Raises InvoiceUnreadable, Invalid.
    """
    read = invoices.read(invoice)
    since = since or read.first
    until = until or (read.last and read.last + timedelta(days=1))
    if since is None or until is None:
        raise Invalid("The file names no days: say `from` and `until`.", field="from")
    since, until = _midnight(since), _midnight(until)
    invoiced: dict[_Key, _Side] = defaultdict(_Side)
    for line in read.lines:
        side = invoiced[_key(line.provider or provider, line.model, since)]
        side.names.add(line.model)
        side.cost = _plus(side.cost, line.amount)
        side.quantity = _plus(side.quantity, line.quantity)
    metered = _metered(org_id, since, until, provider)
    keys = sorted(invoiced.keys() | metered.keys(), key=lambda key: (key[1], key[0] or ""))
    lines = [_line(key, invoiced.get(key), metered.get(key)) for key in keys]
    sums = [
        sum((amount for one in lines if (amount := getattr(one, name)) is not None), Decimal(0))
        for name in ("invoiced", "metered")
    ]
    return Reconciliation(
        since=since,
        until=until,
        currency="USD",
        lines=lines,
        invoiced=sums[0],
        metered=sums[1],
        difference=sums[0] - sums[1],
    )


def _metered(
    org_id: UUID, since: datetime, until: datetime, provider: str | None
) -> dict[_Key, _Side]:
    rows = Rollup.objects.filter(
        org_id=org_id, grain="day", bucket__gte=since, bucket__lt=until, model__isnull=False
    )
    if provider:
        rows = rows.filter(provider=provider)
    sums = rows.values_list("provider", "model").annotate(
        Sum("cost"), Sum("quantity"), Sum("unpriced"), Sum("events")
    )
    found: dict[_Key, _Side] = defaultdict(_Side)
    for by, model, cost, quantity, unpriced, events in sums:
        side = found[_key(by, model, since)]
        side.names.add(model)
        side.cost = _plus(side.cost, cost)
        side.quantity = _plus(side.quantity, quantity)
        side.unpriced += unpriced
        side.events += events
    return found


def _key(provider: str | None, model: str, at: datetime) -> _Key:
    price = library.listed(provider, model, at) or library.listed(None, model, at)
    if price is None:
        return provider, model.lower()
    return price.provider, price.model


def _line(key: _Key, invoiced: _Side | None, metered: _Side | None) -> ReconciledLine:
    asked = invoiced.cost if invoiced else None
    known = metered.cost if metered and not metered.unpriced else None
    difference = None
    if invoiced is None or metered is None:
        difference = (asked or Decimal(0)) - (known or Decimal(0))
    elif asked is not None and known is not None:
        difference = asked - known
    note = ""
    if invoiced is None:
        note = "not on the invoice"
    elif metered is None:
        note = "not metered"
    elif known is None:
        note = "metered without a known price"
    share = float(difference / known * 100) if difference is not None and known else None
    return ReconciledLine(
        provider=key[0],
        model=key[1],
        invoiced=asked,
        metered=known,
        difference=difference,
        percent=None if share is None else round(share, 2),
        invoiced_quantity=invoiced.quantity if invoiced else None,
        metered_quantity=metered.quantity if metered else None,
        events=metered.events if metered else 0,
        note=note,
    )


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


def _midnight(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
