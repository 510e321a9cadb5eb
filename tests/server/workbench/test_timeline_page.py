"""The Timeline page: badges lead to the rows they count, cells to the events they count."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.platform.actor import Actor
from factories import Tenant, make_tenant
from kits.visitor import sign_in

PHASE8 = Path(__file__).parents[2] / "data" / "plans" / "buildrunner-phase8.json"


@pytest.fixture
def tenant(db: None) -> Tenant:
    """A project with many milestones and an agent at work."""
    tenant = make_tenant(plan=json.loads(PHASE8.read_text()))
    agent = Actor("key", "Ada", tenant.person.id, tenant.key_id, on_behalf="claude")
    plans.claim_microstep(agent, tenant.project_id, microstep_id="m1.s1.ms1")
    return tenant


def read(tenant: Tenant, tail: str) -> str:
    answer = sign_in(tenant.person).get(f"/projects/{tenant.project_id}{tail}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_badges_lead_to_exactly_what_they_count(tenant: Tenant) -> None:
    page = read(tenant, "/timeline")
    found = re.findall(
        r'<a href="/projects/[^/]+(/plan\?milestone=[^"]+)" aria-label="[^"]*: (\d+) % done,'
        r" (\d+) of (\d+)",
        page,
    )
    assert len(found) > 2
    for address, percent, done, total in found[:2]:
        assert int(percent) == 100 * int(done) // int(total)
        rows = read(tenant, address + "&group=none")
        assert f"{total} of " in rows or rows.count('data-kind="microstep"') == int(total)


def test_cells_lead_to_the_events_they_count(tenant: Tenant) -> None:
    for query in ("", "?lanes=agent", "?lanes=person"):
        page = read(tenant, f"/timeline{query}")
        cells = re.findall(
            r'class="cell l\d" href="/projects/[^/]+(/timeline\?[^"#]+)#[^"]*"'
            r' aria-label="[^"]*: (\d+) events"',
            page,
        )
        assert cells
        for address, count in cells:
            assert read(tenant, address).count('<li class="event"') == int(count)


def test_the_export_has_every_event_of_the_view(tenant: Tenant) -> None:
    total = read(tenant, "/timeline").count('<li class="event"')
    lines = read(tenant, "/timeline/events.csv").splitlines()
    assert lines[0].startswith("time,kind,who")
    assert len(lines) == total + 1
    assert len(read(tenant, "/timeline/events.csv?lanes=agent&who=agent:claude").splitlines()) == 2


def test_odd_addresses_are_as_without_them(tenant: Tenant) -> None:
    odd = "/timeline?zoom=eon&to=never&at=x&before=x&area=a.b.c&item=%F0%9F%98%80&lanes=x"
    assert "Nothing here" in read(tenant, odd)
    read(tenant, "/timeline?to=9999-12-31")
    read(tenant, "/timeline?to=0001-01-01&zoom=quarter&at=0001-01-01")


@pytest.mark.parametrize("zoom", ["day", "week", "month", "quarter"])
def test_earlier_and_later_walk_to_the_same_windows(tenant: Tenant, zoom: str) -> None:
    def step(page: str, name: str) -> str:
        found = re.search(rf'href="/projects/[^/]+(/timeline[^"]*)"[^>]*data-step="{name}"', page)
        assert found is not None
        return read(tenant, found[1])

    def words(page: str) -> str:
        return re.findall(r"event[s]?, ([^<]*) \(UTC\)", page)[0]

    today = read(tenant, f"/timeline?zoom={zoom}")
    before = step(today, "earlier")
    assert words(before) != words(today)
    assert words(step(before, "later")) == words(today)
    assert words(step(step(step(before, "earlier"), "later"), "later")) == words(today)
