"""What goes beyond a tier's limits and is let through: its lines, to the last place."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, make_tenant
from factories.usage import make_usage

LIMITS = {"tokens": 1000, "api_calls": 10, "storage": 5000}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, amount in LIMITS.items():
        monkeypatch.setitem(entitlements.tiers()["free"].limits, name, amount)


def use(tenant: Tenant, kind: str, quantity: int) -> None:
    usage = make_usage(tenant, type=kind, time=datetime.now(UTC), quantity=D(quantity), tokens=None)
    metering.record_usage(tenant.actor, tenant.org_id, [usage])


@pytest.mark.usefixtures("small")
def test_what_is_let_through_has_a_price_and_what_is_not_has_none(tenant: Tenant, api: Api) -> None:
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    use(tenant, "tokens", 1_501_000)
    use(tenant, "storage", 6000)
    metering.set_overage(tenant.actor, tenant.org_id, kind="tokens", overage=True)
    month = api.get(f"/api/billing/usage?org_id={tenant.org_id}").json()
    lines = {line["type"]: line for line in month["usage"]}
    tokens, storage, compute = lines["tokens"], lines["storage"], lines["compute"]
    assert (tokens["overage"], tokens["billed"]) == (1_500_000, True)
    assert (tokens["overage_price"], tokens["overage_cost"]) == ("0.000005", "7.500000")
    assert (storage["overage"], storage["billed"], storage["overage_cost"]) == (1000, False, None)
    assert (compute["billed"], compute["overage_price"]) == (False, None)
    assert month["overage_cost"] == "7.500000"
    quota = next(
        one
        for one in api.get(f"/api/orgs/{tenant.org_id}/quotas").json()["items"]
        if one["type"] == "tokens"
    )
    assert (quota["overage_price"], quota["overage_cost"]) == ("0.000005", "7.500000")


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    used=st.fixed_dictionaries({name: st.integers(0, 3 * most) for name, most in LIMITS.items()}),
    through=st.sets(st.sampled_from(sorted(LIMITS))),
)
def test_lines_are_what_lies_beyond_times_the_price(
    used: dict[str, int], through: set[str]
) -> None:
    tenant = make_tenant()
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    for kind, quantity in used.items():
        use(tenant, kind, quantity)
    for kind in through:
        metering.set_overage(tenant.actor, tenant.org_id, kind=kind, overage=True)
    with tenant_scope(tenant.org_id):
        month = metering.period_usage(tenant.org_id, datetime.now(UTC).date().replace(day=1))
    owed = D(0)
    for line in month.lines:
        beyond = max(0, used.get(line.type, 0) - LIMITS.get(line.type, 10**9))
        assert line.overage == beyond
        if line.type in through:
            price = entitlements.overage_prices()[line.type]
            assert line.overage_cost == beyond * price
            owed += beyond * price
        else:
            assert (line.billed, line.overage_cost) == (False, None)
    assert month.overage_cost == owed
