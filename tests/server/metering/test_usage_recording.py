"""Usage: every event counts once, and its sums are the sums of what counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.models import (
    Rollup,
    UsageEvent,
    UsageReceipt,
)
from buildrunner.server.platform.db.scope import SETTING, tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Tenant, make_tenant
from factories.usage import NOON, make_usage

MEASURES = (
    *("events", "quantity", "input", "cache_read", "cache_write", "output", "reasoning"),
    *("cost", "unpriced"),
)


def record(tenant: Tenant, *usages: metering.Usage) -> list[str]:
    told = metering.record_usage(tenant.actor, tenant.org_id, usages)
    assert [one.id for one in told] == [one.id for one in usages]
    return [one.status for one in told]


def totals(tenant: Tenant, grain: str) -> dict[str, Any]:
    with tenant_scope(tenant.org_id):
        rows = Rollup.objects.filter(grain=grain)
        return rows.aggregate(**{name: Sum(name) for name in MEASURES})


def raw(tenant: Tenant) -> dict[str, Any]:
    with tenant_scope(tenant.org_id):
        rows = list(UsageEvent.objects.all())
    found: dict[str, Any] = dict.fromkeys(MEASURES, None)
    if rows:
        found["events"] = len(rows)
        found["quantity"] = sum(row.quantity for row in rows)
        for name in ("input", "cache_read", "cache_write", "output", "reasoning"):
            found[name] = sum(getattr(row, name) or 0 for row in rows)
        priced = [row.cost for row in rows if row.cost is not None]
        found["cost"] = sum(priced) if priced else None
        found["unpriced"] = sum(
            row.cost is None and row.type not in ("api_calls", "storage") for row in rows
        )
    return found


def buckets(tenant: Tenant, grain: str) -> dict[datetime, Decimal]:
    with tenant_scope(tenant.org_id):
        rows = Rollup.objects.filter(grain=grain).values_list("bucket").annotate(Sum("quantity"))
        return dict(rows)


def test_an_event_counts_once(tenant: Tenant) -> None:
    one = make_usage(tenant, "a")
    assert record(tenant, one) == ["accepted"]
    assert record(tenant, one) == ["duplicate"]
    assert record(tenant, one, one) == ["duplicate", "duplicate"]
    assert record(tenant, replace(one, quantity=Decimal(1001))) == ["rejected"]
    assert record(tenant, replace(one, source="//elsewhere")) == ["accepted"]
    assert totals(tenant, "day") == totals(tenant, "hour") == raw(tenant)
    assert totals(tenant, "day")["events"] == 2


def test_what_did_not_count_is_kept(tenant: Tenant) -> None:
    one = make_usage(tenant, "a")
    record(tenant, one, one, replace(one, model="gpt-4"))
    record(tenant, replace(one, id="b", time=datetime.now(UTC) + timedelta(days=1)))
    record(tenant, replace(one, id="c", quantity=Decimal(-1)))
    with tenant_scope(tenant.org_id):
        kept = UsageReceipt.objects.order_by("created_at", "event_id")
        assert [(row.event_id, row.status, row.code) for row in kept] == [
            ("a", "duplicate", ""),
            ("a", "rejected", "usage_conflict"),
            ("b", "rejected", "time_in_future"),
            ("c", "rejected", "quantity_invalid"),
        ]


def test_the_charge_and_its_price(tenant: Tenant) -> None:
    told = metering.record_usage(tenant.actor, tenant.org_id, [make_usage(tenant, "a")])
    assert told[0].cost == Decimal("0.0040000000")  # 800 × 2.5 + 200 × 10 USD a million
    assert told[0].price_version
    assert told[0].price_version.startswith("genai-prices/")
    again = metering.record_usage(tenant.actor, tenant.org_id, [make_usage(tenant, "a")])
    assert again[0] == replace(told[0], status="duplicate")


def test_an_unknown_price_is_unknown_and_alerts_once_a_month(tenant: Tenant) -> None:
    strange = [make_usage(tenant, str(n), model="nobody-knows-it", provider=None) for n in range(3)]
    assert record(tenant, *strange) == ["accepted"] * 3
    assert totals(tenant, "day")["cost"] is None
    assert totals(tenant, "day")["unpriced"] == 3
    record(tenant, make_usage(tenant, model="nobody-knows-it", provider=None))
    with tenant_scope(tenant.org_id):
        alerts = Event.objects.filter(kind="usage.unpriced")
        assert [(row.subject, row.project_id) for row in alerts] == [
            ("nobody-knows-it", tenant.project_id)
        ]
    record(
        tenant,
        make_usage(
            tenant,
            model="nobody-knows-it",
            provider=None,
            time=NOON - timedelta(days=40),
        ),
    )
    with tenant_scope(tenant.org_id):
        assert Event.objects.filter(kind="usage.unpriced").count() == 2


def test_the_time_of_receipt_makes_no_difference(tenant: Tenant) -> None:
    one = make_usage(tenant, "a", time=None)
    assert record(tenant, one) == ["accepted"]
    assert record(tenant, one) == ["duplicate"]
    assert record(tenant, replace(one, time=NOON)) == ["rejected"]


def test_text_survives(tenant: Tenant) -> None:
    words = "tab\t new\nline back\\slash \\N \\. «é» \x01"
    one = make_usage(tenant, words, model=words, provider=None, data={"note": words}, run=words)
    assert record(tenant, one) == ["accepted"]
    with tenant_scope(tenant.org_id):
        row = UsageEvent.objects.get()
    assert (row.event_id, row.model, row.run, row.data) == (words, words, words, {"note": words})


def test_an_aborted_transaction_leaves_nothing(tenant: Tenant) -> None:
    one = make_usage(tenant, "a")
    with transaction.atomic():
        record(tenant, one)
        transaction.set_rollback(True)
    assert raw(tenant)["events"] is None
    assert record(tenant, one) == ["accepted"]


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 30),  # name
        st.integers(0, 60 * 24 * 70),  # minutes before now
        st.sampled_from(("gpt-4o", "claude-sonnet-4-5", "nobody-knows-it")),
        st.integers(0, 5000),
        st.sampled_from(("tokens", "api_calls", "compute")),
    ),
    max_size=25,
    unique_by=lambda one: one[0],
)


@pytest.mark.usefixtures("db")
@given(clean=EVENTS, data=st.data())
def test_late_shuffled_and_repeated_streams_give_the_clean_totals(
    clean: list[tuple[int, int, str, int, str]], data: st.DataObject
) -> None:
    with transaction.atomic():
        tidy, messy = make_tenant(), make_tenant(name="Late")
        for tenant in (tidy, messy):
            streams = [
                make_usage(
                    tenant,
                    f"e{name}",
                    time=NOON - timedelta(minutes=ago),
                    model=model,
                    provider=None,
                    quantity=Decimal(count),
                    tokens=metering.Tokens(input=count) if kind == "tokens" else None,
                    type=kind,
                )
                for name, ago, model, count, kind in clean
            ]
            if tenant is tidy:
                told = record(tenant, *streams)
                assert Counter(told) == Counter({"accepted": len(clean)} if clean else {})
            else:
                sent = data.draw(
                    st.permutations([*streams, *data.draw(_some(streams))]), label="sent"
                )
                for part in _parts(sent, data.draw(st.integers(1, 7), label="batch")):
                    record(tenant, *part)
        assert totals(messy, "hour") == totals(tidy, "hour") == raw(tidy) == raw(messy)
        assert totals(messy, "day") == totals(tidy, "day") == totals(tidy, "hour")
        assert buckets(messy, "hour") == buckets(tidy, "hour")
        transaction.set_rollback(True)


def _some(streams: list[metering.Usage]) -> st.SearchStrategy[list[metering.Usage]]:
    return st.lists(st.sampled_from(streams), max_size=20) if streams else st.just([])


def _parts(sent: list[metering.Usage], size: int) -> Iterable[list[metering.Usage]]:
    return (sent[start : start + size] for start in range(0, len(sent), size))


def test_partitions_keep_tenants_apart(
    commits: None, web_sql: psycopg.Connection, owner_sql: psycopg.Connection
) -> None:
    one, other = make_tenant(), make_tenant(name="Mallory")
    leaves = [
        row[0]
        for row in owner_sql.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree('metering_usage') WHERE isleaf"
        )
    ]
    assert len(leaves) >= 17
    columns = "org_id, time, occurred_at, source, event_id, type, quantity, unit"
    line = f"{other.org_id}\t2026-11-10\t2026-11-10\ts\te\ttokens\t1\ttokens\n"

    def copy(leaf: str) -> None:
        with (
            web_sql.cursor() as cursor,
            cursor.copy(f"COPY {leaf} ({columns}) FROM STDIN".encode()) as into,
        ):
            into.write(line)

    for leaf in leaves:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web_sql.execute(f"SELECT 1 FROM {leaf}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="scope of a tenant"):
            copy(leaf)
    web_sql.execute("SELECT set_config(%s, %s, false)", [SETTING, str(one.org_id)])
    for leaf in leaves:
        with pytest.raises(psycopg.errors.CheckViolation):
            copy(leaf)
