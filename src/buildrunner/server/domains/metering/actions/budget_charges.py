"""What usage that nobody reserved adds to budgets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from buildrunner.server.domains.metering.rules.booking import Booked
from buildrunner.server.domains.metering.rules.budgets import targets
from buildrunner.server.domains.metering.types.attribution import Attribution

# Last of all in a transaction: see `reserve`.
CHARGE = "SELECT metering_charge(%s, %s)"


def charges(org_id: UUID, booked: Iterable[Booked]) -> list[Any]:
    """For `CHARGE`: costs by cause and day."""
    found: dict[tuple[Attribution, date], Decimal] = {}
    for one in booked:
        if one.cost and not one.usage.reserved:
            name = (one.usage.attribution, one.time.date())
            found[name] = found.get(name, Decimal(0)) + one.cost
    items = [
        {"targets": targets(cause), "moment": f"{day.isoformat()}T00:00:00Z", "cost": str(cost)}
        for (cause, day), cost in found.items()
    ]
    return [org_id, Jsonb(items)]
