"""Events in a window: lanes, filters, pages, progress, and the API that tells them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from factories import Api, Tenant, make_tenant


def plan() -> dict[str, Any]:
    def milestone(name: str, statuses: list[str]) -> dict[str, Any]:
        rows = [
            {
                "id": f"{name}.s1.ms{n}",
                "title": f"{name} {n}",
                "status": status,
                "criteria": ["It works"],
            }
            for n, status in enumerate(statuses, 1)
        ]
        step = {"id": f"{name}.s1", "title": "S", "microsteps": rows}
        return {"id": name, "title": name.upper(), "steps": [step]}

    milestones = [milestone("m1", ["done", "todo", "todo"]), milestone("m2", ["todo"])]
    return {
        "projectId": "p",
        "title": "P",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": milestones,
    }


@pytest.fixture
def tenant(db: None) -> Tenant:
    """A project whose plan was pushed and then changed in both milestones by a person and an agent."""
    tenant = make_tenant(plan=plan())
    agent = Actor("key", "Ada", tenant.person.id, tenant.key_id, on_behalf="claude")
    plans.set_status(tenant.actor, tenant.project_id, entity_id="m1.s1.ms2", status="doing")
    plans.claim_microstep(agent, tenant.project_id, microstep_id="m2.s1.ms1")
    return tenant


def timeline(tenant: Tenant, query: str = "", tail: str = "") -> Any:
    answer = Api(tenant.key).get(f"/api/projects/{tenant.project_id}/timeline{tail}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def lanes(found: dict[str, Any]) -> dict[str, int]:
    return {lane["id"]: lane["total"] for lane in found["lanes"]}


def test_lanes_of_milestones_count_what_touched_them(tenant: Tenant) -> None:
    found = timeline(tenant)
    assert len(found["starts"]) == 30
    assert found["starts"][-1] == datetime.now(UTC).date().isoformat()
    counted = lanes(found)
    assert list(counted) == ["-", "m1", "m2"]
    assert counted["m2"] >= 1
    everything = timeline(tenant, "limit=200", "/events")["items"]
    assert found["total"] == len(everything)
    for name in ("m1", "m2"):
        assert counted[name] == sum(name in one["milestones"] for one in everything)
    assert (
        len(timeline(tenant, "item=-", "/events")["items"])
        == counted["-"]
        == sum(not one["milestones"] for one in everything)
    )
    assert sum(found["areas"].values()) == found["total"]


def test_people_and_agents_stand_apart(tenant: Tenant) -> None:
    people = timeline(tenant, "lanes=person")
    agents = timeline(tenant, "lanes=agent")
    assert [lane["title"] for lane in people["lanes"]] == ["Ada"]
    assert lanes(agents) == {"agent:claude": 1}
    assert sum(lanes(people).values()) + 1 == people["total"]
    only = timeline(tenant, "who=agent:claude", "/events")["items"]
    assert [(one["kind"], one["agent"]) for one in only] == [("claim.taken", True)]
    assert "key" not in only[0]["actor"]


def test_filters_narrow_counts_and_rows_alike(tenant: Tenant) -> None:
    for query in ("area=claim", "area=claim.taken", "item=m2", "item=m2.s1.ms1&area=claim"):
        found = timeline(tenant, query)
        rows = timeline(tenant, query, "/events")["items"]
        assert found["total"] == len(rows) >= 1, query
        assert all("m2" in one["milestones"] for one in rows) or "area" in query
    assert timeline(tenant, "to=2020-01-01")["total"] == 0
    assert timeline(tenant, "item=nowhere")["total"] == 0


def test_pages_of_events_hold_each_once(tenant: Tenant) -> None:
    with project_scope(tenant.actor, tenant.project_id, "event.read") as access:
        for number in range(12):
            emit(
                "evidence.received",
                actor=tenant.actor,
                org_id=access.org_id,
                project_id=access.project_id,
                data={"microsteps": ["m1.s1.ms1"], "records": number},
            )
    seen: list[str] = []
    query = "limit=5"
    while True:
        page = timeline(tenant, query, "/events")
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"limit=5&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == timeline(tenant)["total"]
    assert len(timeline(tenant, "item=m1.s1.ms1&area=evidence", "/events")["items"]) == 12


@pytest.mark.parametrize(
    ("zoom", "first", "count"),
    [
        ("day", "2026-02-25", 30),
        ("week", "2025-09-29", 26),
        ("month", "2024-04-01", 24),
        ("quarter", "2023-04-01", 12),
    ],
)
def test_windows_are_whole_buckets(tenant: Tenant, zoom: str, first: str, count: int) -> None:
    found = timeline(tenant, f"zoom={zoom}&to=2026-03-26")
    assert (found["starts"][0], len(found["starts"])) == (first, count)
    wide = timeline(tenant, f"zoom={zoom}&from=2026-02-20&to=2026-03-26")
    assert wide["starts"][0] <= "2026-02-20"
    assert len(timeline(tenant, f"zoom={zoom}&from=1970-01-01")["starts"]) <= 400


def test_badges_count_the_rows_of_the_plan(tenant: Tenant) -> None:
    found = timeline(tenant, tail="/progress")
    assert [
        (one["id"], one["done"], one["total"], one["percent"]) for one in found["milestones"]
    ] == [
        ("m1", 1, 3, 33),
        ("m2", 0, 1, 0),
    ]
    last = found["points"][-1]
    assert (last["scope"], last["done"]) == (4, 1)
    assert found["forecast"]["remaining"] == 3
    assert "Not enough history" in found["forecast"]["missing"]


def test_progress_is_new_when_the_plan_is(tenant: Tenant) -> None:
    timeline(tenant, tail="/progress")
    more = plans.AddEdit("m2.s1", "Another")
    plans.change_plan(tenant.actor, tenant.project_id, edits=[more])
    assert timeline(tenant, tail="/progress")["points"][-1]["scope"] == 5


def test_files(tenant: Tenant) -> None:
    api, base = Api(tenant.key), f"/api/projects/{tenant.project_id}/timeline"
    rows = api.get(f"{base}?format=csv").content.decode().splitlines()
    assert rows[0] == "lane,title,day,events"
    assert len(rows) == 1 + 3 * 30
    assert api.get(f"{base}/progress?format=csv").content.startswith(b"day,in_plan,done")
    for tail in ("", "/progress"):
        svg = api.get(f"{base}{tail}?format=svg")
        assert svg["Content-Type"].startswith("image/svg+xml")
        assert svg.content.startswith(b"<svg")
    assert api.get(f"{base}?format=png").content.startswith(b"\x89PNG")
    assert api.get(f"{base}?format=exe").status_code == 422


def test_an_empty_project_has_an_empty_timeline(db: None) -> None:
    tenant = make_tenant()
    found = timeline(tenant, tail="/progress")
    assert (found["revision"], found["points"], found["milestones"]) == (0, [], [])
    assert list(lanes(timeline(tenant))) == ["-"]


def test_strangers_find_nothing(tenant: Tenant) -> None:
    stranger = make_tenant(name="Eve")
    for tail in ("", "/events", "/progress"):
        path = f"/api/projects/{tenant.project_id}/timeline{tail}"
        assert Api(stranger.key).get(path).status_code == 404


def test_a_bucket_ends_where_the_next_begins(tenant: Tenant) -> None:
    """What happens in the last instant of a day counts on that day."""
    edge = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with project_scope(tenant.actor, tenant.project_id, "event.read") as access:
        for moment in (edge, edge - timedelta(microseconds=1)):
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO events_event (org_id, project_id, kind, subject, actor, data,"
                    " created_at) VALUES (%s, %s, 'drift.reported', '', %s, '{}', %s)",
                    [access.org_id, access.project_id, json.dumps(tenant.actor.record()), moment],
                )
    lane = timeline(tenant, "area=drift")["lanes"][0]
    assert lane["counts"] == {
        edge.date().isoformat(): 1,
        (edge - timedelta(days=1)).date().isoformat(): 1,
    }
