"""Usage events."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from buildrunner.server.domains.metering import facade as metering
from factories.tenants import Tenant

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def make_usage(tenant: Tenant, name: str | None = None, **members: Any) -> metering.Usage:
    """A thousand tokens of a model with a list price, unless told otherwise. What attributes it
    (`microstep`, `run` …) is given by name."""
    causes = {
        key: members.pop(key)
        for key in list(members)
        if key in metering.Attribution.__dataclass_fields__
    }
    given: dict[str, Any] = {
        "id": name or uuid4().hex,
        "source": "//tests",
        "type": "tokens",
        "time": NOON,
        "quantity": Decimal(1000),
        "model": "gpt-4o",
        "provider": "openai",
        "tokens": metering.Tokens(input=800, output=200),
        "data": {},
        **members,
    }
    causes = {"org_id": tenant.org_id, "project_id": tenant.project_id, **causes}
    return metering.Usage(**given, attribution=metering.Attribution(**causes))


def make_usage_rows(tenant: Tenant) -> UUID:
    """A row in every table of usage and prices; the id of an own price."""
    price = metering.set_price(
        tenant.actor, tenant.org_id, model="own", rates={"input": Decimal(1)}, kind="tokens"
    )
    first = make_usage(tenant, "first", time=datetime(2026, 9, 10, 12, tzinfo=UTC))
    strange = make_usage(tenant, model="nobody-knows-it", provider=None)
    metering.record_usage(tenant.actor, tenant.org_id, [first, first, strange])
    metering.close_period(tenant.actor, tenant.org_id, month=date(2026, 9, 1))
    late = make_usage(tenant, "late", time=datetime(2026, 9, 11, 12, tzinfo=UTC))
    metering.record_usage(tenant.actor, tenant.org_id, [late])
    return price.id
