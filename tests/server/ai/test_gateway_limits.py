"""The gateway and the limits of a tier."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from buildrunner.server.domains.ai.rest.gateway.callers import Callers
from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.actor import SYSTEM
from factories import make_tenant


@pytest.mark.usefixtures("commits")
def test_calls_of_models_end_where_the_months_tokens_do() -> None:
    tenant = make_tenant()
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    headers = {
        "authorization": f"Bearer {tenant.key}",
        "br-project": str(tenant.project_id),
        "host": "localhost",
    }

    def let_in() -> metering.Attribution:
        callers = Callers(lambda _: tenant.actor)
        return asyncio.run(callers.cause_of(headers)).cause

    assert let_in().project_id == tenant.project_id
    limit = entitlements.tiers()["free"].limits["tokens"]
    used = metering.Usage(
        id=str(uuid4()),
        source="test",
        type="tokens",
        time=None,
        quantity=Decimal(limit),
        model="m",
        provider="p",
        tokens=metering.Tokens(input=limit),
        attribution=metering.Attribution(org_id=tenant.org_id),
        data={},
    )
    metering.record_usage(None, tenant.org_id, [used])
    with pytest.raises(metering.QuotaExceeded, match="Pro has more"):
        let_in()
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="self_hosted")
    assert let_in().org_id == tenant.org_id
