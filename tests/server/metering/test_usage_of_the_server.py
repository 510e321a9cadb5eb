"""What the server meters of itself, and the upkeep of its tables."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.models import UsageEvent
from buildrunner.server.domains.metering.rest.calls import Calls
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.http import quotas
from factories import Api, Tenant, make_tenant, small_plan
from factories.usage import make_usage


def counted(tenant: Tenant, kind: str) -> list[UsageEvent]:
    with tenant_scope(tenant.org_id):
        return list(UsageEvent.objects.filter(type=kind))


@pytest.mark.usefixtures("commits")
def test_calls_of_the_api_are_metered() -> None:
    tenant, stranger = make_tenant(), make_tenant(name="Mallory")

    async def serve() -> None:
        calls = Calls(pause=600)
        calls.start()
        for _ in range(3):
            await asyncio.to_thread(_ask, tenant, tenant)
        await asyncio.to_thread(_ask, stranger, tenant)
        await calls.close()
        assert quotas.call_watchers == []

    asyncio.run(serve())
    (event,) = counted(tenant, "api_calls")
    assert (event.quantity, event.person_id, event.key_id) == (
        3,
        tenant.person.id,
        tenant.key_id,
    )
    assert event.cost is None
    assert counted(stranger, "api_calls") == []


def _ask(who: Tenant, whose: Tenant) -> None:
    from django.db import connections

    Api(who.key).get(f"/api/usage/summary?project_id={whose.project_id}")
    connections.close_all()


@pytest.mark.django_db
def test_what_cannot_be_written_is_kept(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "buildrunner.server.domains.metering.actions.meter_server.record_usage"
    meter = metering.CallMeter()
    meter.count(tenant.org_id, tenant.actor)

    def fail(*_: object) -> None:
        raise psycopg.OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(module, fail)
        with pytest.raises(psycopg.OperationalError):
            meter.flush()
    meter.count(tenant.org_id, tenant.actor)
    assert meter.flush() == 1
    assert [event.quantity for event in counted(tenant, "api_calls")] == [2]
    assert meter.flush() == 0


@pytest.mark.django_db
def test_storage_is_measured_once_a_day() -> None:
    small, large = make_tenant(), make_tenant(name="Large", plan=small_plan())
    metering.meter_storage()
    metering.meter_storage()
    (less,), (more,) = counted(small, "storage"), counted(large, "storage")
    assert more.quantity > less.quantity >= 0
    assert more.project_id == large.project_id
    with tenant_scope(large.org_id):
        month = datetime.now(UTC).date().replace(day=1)
        lines = {line.type: line for line in metering.period_usage(large.org_id, month).lines}
    assert lines["storage"].quantity == more.quantity


@pytest.mark.django_db
def test_upkeep(tenant: Tenant) -> None:
    assert metering.keep_partitions() == 0  # the migration has made those of the coming months
    metering.record_usage(
        tenant.actor,
        tenant.org_id,
        [make_usage(tenant, "old", time=datetime(2011, 3, 1, tzinfo=UTC)), make_usage(tenant)],
    )
    assert sum(event.quantity for event in counted(tenant, "tokens")) == Decimal(2000)
    assert metering.purge_receipts() >= 0


def test_months_ahead_have_a_place(owner_sql: psycopg.Connection) -> None:
    with owner_sql.transaction(force_rollback=True):
        made = owner_sql.execute("SELECT metering_keep_partitions(0, 5)").fetchone()
        assert made == (2,)
        rights = owner_sql.execute(
            "SELECT count(*) FROM pg_partition_tree('metering_usage') t, pg_class c"
            " WHERE t.isleaf AND c.oid = t.relid AND EXISTS (SELECT 1 FROM aclexplode(c.relacl) a"
            " WHERE a.privilege_type = 'INSERT' AND a.grantee <> c.relowner)"
        ).fetchone()
        leaves = owner_sql.execute(
            "SELECT count(*) FROM pg_partition_tree('metering_usage') WHERE isleaf"
        ).fetchone()
        assert rights == leaves
