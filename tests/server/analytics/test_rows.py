"""Every number of the dashboard leads to exactly the rows it counts."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, make_tenant
from factories.anomalies import spend
from factories.evidence import checked_plan, prove, vouch

TODAY = datetime.now(UTC).date()
QUOTIENTS = {"rework_share": 100, "cost_per_accepted": 1, "cost_per_finished": 1}


@pytest.fixture(params=[1, 2])
def busy(db: None, request: pytest.FixtureRequest) -> Tenant:
    """A plan in which much was finished, proven, opened again and paid for, by a known seed."""
    chance = random.Random(request.param)
    tenant = make_tenant(plan=checked_plan(6))
    names = [f"m1.s1.ms{one}" for one in range(1, 7)]
    for place_of, name in enumerate(chance.sample(names, 6)):
        if place_of < 3:
            prove(tenant, name)
        else:
            vouch(tenant.actor, tenant.project_id, name)
    for name in chance.sample(names, 5):
        for status in chance.choice([("doing", "done"), ("done",), ("done", "doing", "done")]):
            plans.set_status(tenant.actor, tenant.project_id, entity_id=name, status=status)
    plans.set_status(tenant.actor, tenant.project_id, entity_id=names[0], status="done")
    plans.set_status(tenant.actor, tenant.project_id, entity_id=names[0], status="doing")
    for name in (*names, ""):
        place: dict[str, Any] = {"milestone": "m1", "step": "m1.s1", "microstep": name}
        model = chance.choice(["gpt-4o", "claude"])
        day = TODAY - timedelta(days=chance.randrange(20))
        usd = chance.randrange(1, 900) / 100
        spend(tenant, day, usd, model=model, provider=f"{model}-house", **(place if name else {}))
    reject(tenant, success=False)
    return tenant


def reject(tenant: Tenant, **outcome: Any) -> None:
    """A model answered, and its answer was reported."""
    route, _ = ai.route_task(tenant.actor, tenant.project_id, "explain", microstep_id="m1.s1.ms6")
    used = metering.Tokens(input=9000, output=1000)
    ai.report_outcome(tenant.actor, tenant.project_id, route.id, tokens=used, **outcome)


def shown(client: Client, address: str) -> list[list[Decimal]]:
    """The numbers of the rows of each table on the page."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    page = answer.content.decode()
    tables = [
        [Decimal(one) for one in re.findall(r'data-value="([^"]+)"', part)]
        for part in page.split('<section class="section" aria-labelledby="group-')[1:]
    ]
    told = [int(one) for one in re.findall(r'data-rows="(\d+)"', page)]
    assert told == [len(one) for one in tables if one]
    return tables


def made_of(name: str, tables: list[list[Decimal]], page: str, days: int) -> Decimal | None:
    """The number again, from its rows alone."""
    first, last = tables[0], tables[-1]
    if name in QUOTIENTS:
        top = Decimal(len(first)) if name == "rework_share" else sum(first, Decimal(0))
        return top * QUOTIENTS[name] / len(last) if last else None
    if name == "per_week":
        return Decimal(len(first) * 7) / days
    if name == "pass_rate":
        whole = sum(int(one) for one in re.findall(r"of (\d+)</td>", page))
        return sum(first, Decimal(0)) * 100 / whole if whole else None
    if name == "wasted":
        return sum((sum(one, Decimal(0)) for one in tables), Decimal(0))
    if name.startswith(("lead", "cycle")):
        if not first:
            return None
        percent = 50 if name.endswith("median") else 85
        return sorted(first)[max(0, -(-len(first) * percent // 100) - 1)]
    return sum(first, Decimal(0))


@pytest.mark.parametrize("narrowed", ["", "&phase=m1", "&who={me}", "&phase=m1&who={me}"])
def test_every_number_is_made_from_its_rows(busy: Tenant, client: Client, narrowed: str) -> None:
    client.force_login(busy.person)
    narrowed = narrowed.format(me=f"person:{busy.person.id}")
    asked = f"/api/analytics/measures?project_id={busy.project_id}{narrowed}"
    api = Api(busy.key)
    document = api.get(asked).json()
    walked = 0
    for section in document["sections"]:
        numbers = [(one["name"], one) for one in section["figures"]]
        for many in section["breakdowns"]:
            name = many["name"].partition("_by_")[0]
            numbers += [(name, part) for part in many["parts"]]
        for name, one in numbers:
            if "/analytics/rows" not in one["rows"]:
                continue
            walked += 1
            tables = shown(client, one["rows"])
            query = one["rows"].partition("?")[2]
            told = api.get(f"/api/analytics/rows?project_id={busy.project_id}&{query}").json()
            assert told["figure"]["value"] == one["value"], (name, one)
            groups = told["groups"]
            assert [[Decimal(row["value"]) for row in group["rows"]] for group in groups] == tables
            page = unescape(client.get(one["rows"]).content.decode())
            again = made_of(name, tables, page, 28)
            value = None if one["value"] is None else Decimal(one["value"])
            if value is None or again is None:
                assert value is again, (name, one)
            else:
                assert abs(value - again) <= Decimal("0.05"), (name, one, tables)
    assert walked > 20


def test_figures_keep_within_their_bounds(busy: Tenant) -> None:
    with tenancy.project_scope(busy.actor, busy.project_id) as access:
        found = analytics.measures(access)
    figures = {one.name: one for section in found.sections for one in section.figures}
    parts = {one.name: one.parts for section in found.sections for one in section.breakdowns}
    for name in ("pass_rate", "criteria"):
        value = figures[name].value
        assert value is None or 0 <= value <= 100
    for name in ("lead_median", "lead_high", "cycle_median", "cycle_high"):
        assert (figures[name].value or 0) >= 0
    assert (figures["wasted"].value or 0) >= 0
    for by in ("week", "phase"):
        whole = sum(one.value or 0 for one in parts[f"finished_by_{by}"])
        assert whole == figures["finished"].value
    for by in ("day", "provider", "model", "phase", "step", "microstep"):
        whole = sum(one.value or 0 for one in parts[f"cost_by_{by}"])
        assert whole == figures["cost"].value, by
    people = parts["finished_by_person"] + parts["finished_by_agent"]
    assert sum(one.value or 0 for one in people) == figures["finished"].value


def test_rejected_answers_are_waste(tenant: Tenant) -> None:
    def wasted() -> Decimal:
        with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
            (made,) = [one for one in analytics.rows_behind(access, "wasted").groups if one.rows]
            found = analytics.measures(access).section("cost").figures
        assert [one.value for one in found if one.name == "wasted"] == [made.total]
        return made.total

    ai.set_task_settings(tenant.actor, tenant.project_id, "explain", minimum_quality=Decimal(7))
    reject(tenant, success=False)
    once = wasted()
    assert once > 0
    reject(tenant, success=True, quality=Decimal("6.9"))
    assert wasted() == 2 * once
    reject(tenant, success=True, quality=Decimal(7))
    reject(tenant, success=True)
    assert wasted() == 2 * once


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("of=weather", "has no rows"),
        ("of=finished&by=model&key=x", "has no groups by"),
        ("of=wasted&by=phase&key=m1", "has no groups by"),
        ("of=cost&by=person&key=me", "is no id"),
        ("of=cost&by=day&key=soon", "is no day"),
        ("of=finished&from=soon", "is no day"),
    ],
)
def test_what_has_no_rows_is_told(tenant: Tenant, client: Client, asked: str, says: str) -> None:
    client.force_login(tenant.person)
    answer = client.get(f"/projects/{tenant.project_id}/analytics/rows?{asked}")
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_strangers_see_no_rows(tenant: Tenant, stranger: Tenant, client: Client) -> None:
    client.force_login(stranger.person)
    assert client.get(f"/projects/{tenant.project_id}/analytics/rows").status_code == 404
