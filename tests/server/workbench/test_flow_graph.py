"""The dependency graph: what it holds, what is odd, where it stands, and the API that tells it."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from buildrunner.server.domains.workbench.rules.flow import flow_of
from buildrunner.server.domains.workbench.rules.flow_layout import pack, place
from buildrunner.server.domains.workbench.types.flow import Flow
from factories import Api, Tenant, make_tenant
from kits.flow_page import woven_plan


def plan(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    inside = [{"title": f"T{n}", "status": "todo", **row} for n, row in enumerate(rows)]
    step = {"id": "m1.s1", "title": "S", "microsteps": inside}
    top = {"id": "m1", "title": "M", "steps": [step], **more}
    return {"projectId": "p", "title": "P", "milestones": [top]}


def flags(flow: Flow) -> dict[str, list[str]]:
    return {node.id: node.flags for node in flow.nodes if node.flags}


def test_edges_lead_from_what_is_needed_to_what_waits() -> None:
    flow = flow_of(plan({"id": "a"}, {"id": "b", "depends_on": ["a"]}, {"id": "c"}))
    assert [(edge.source, edge.target, edge.critical) for edge in flow.edges] == [("a", "b", True)]
    assert flow.critical_path == ["a", "b"]
    assert (flow.critical_effort, flow.layers) == (2, 2)
    a, b, _ = flow.nodes
    assert a.x < b.x
    assert [node.ready for node in flow.nodes] == [True, False, True]


def test_what_is_odd_is_flagged() -> None:
    flow = flow_of(
        plan(
            {"id": "a"},
            {"id": "b", "status": "done", "depends_on": ["a"]},
            {"id": "c", "status": "blocked"},
            {"id": "d", "depends_on": ["nowhere"]},
            {"id": "e", "status": "doing", "depends_on": ["a"]},
            {"id": "f", "status": "done"},
            {"id": "g", "status": "doing"},
        ),
        proof={"b": "evidence", "f": "unproven"},
        told={"g": {"claim_expired", "a code of tomorrow"}},
    )
    assert flags(flow) == {
        "b": ["done_early"],
        "c": ["blocked_by_nothing"],
        "d": ["dangling"],
        "e": ["started_early"],
        "f": ["done_unproven"],
        "g": ["claim_expired"],
    }


def test_a_circle_is_drawn_and_flagged() -> None:
    flow = flow_of(plan({"id": "a", "depends_on": ["b"]}, {"id": "b", "depends_on": ["a"]}))
    assert flags(flow) == {"a": ["cycle"], "b": ["cycle"]}
    assert flow.critical_path == []
    assert len(flow.edges) == 2


def test_risk_comes_from_above_and_steps_end_at_microsteps() -> None:
    document = plan({"id": "a"}, {"id": "b", "risk_level": "low"}, risk_level="high")
    document["milestones"].append(
        {
            "id": "m2",
            "title": "N",
            "steps": [
                {
                    "id": "m2.s1",
                    "title": "S",
                    "depends_on": ["m1.s1"],
                    "microsteps": [{"id": "z", "title": "Z", "status": "todo"}],
                }
            ],
        }
    )
    flow = flow_of(document)
    assert [node.risk for node in flow.nodes] == ["high", "low", ""]
    assert [(edge.source, edge.target, edge.through) for edge in flow.edges] == [
        ("b", "z", "m2.s1")
    ]
    assert [group.layer for group in flow.groups] == [0, 1]


@pytest.mark.parametrize(("milestones", "steps", "edges"), [(4, 1, 30), (1, 60, 900), (12, 3, 500)])
def test_nothing_overlaps(milestones: int, steps: int, edges: int) -> None:
    flow = flow_of(woven_plan(milestones, steps, edges))
    taken = defaultdict(list)
    for node in flow.nodes:
        taken[node.group, node.x].append(node.y)
    height = flow.sizes["nodeHeight"]
    for lanes in taken.values():
        lanes.sort()
        assert all(b - a >= height for a, b in pairwise(lanes))
    boxes = [(g.x, g.y, g.x + g.width, g.y + g.height) for g in flow.groups]
    for number, (x, y, right, low) in enumerate(boxes):
        assert all(right <= a or c <= x or low <= b or d <= y for a, b, c, d in boxes[number + 1 :])


def test_a_status_moves_nothing() -> None:
    before = woven_plan(3, 2, 80)
    first = flow_of(before)
    for top in before["milestones"]:
        top["steps"][0]["microsteps"][0]["status"] = "blocked"
    second = flow_of(before)
    assert [(n.x, n.y) for n in first.nodes] == [(n.x, n.y) for n in second.nodes]


def test_odd_graphs_are_placed() -> None:
    assert place(0, ()) == ()
    assert len(set(place(40, ()))) == 40
    assert len(set(place(3, ((0, 1), (1, 2), (2, 0))))) == 3
    ring = tuple((n, (n + 1) % 700) for n in range(700))
    assert len(set(place(700, ring))) == 700
    assert pack([], 10.0) == []


@pytest.fixture
def tenant(db: None) -> Tenant:
    hostile = plan({"id": "a"}, {"id": "b", "depends_on": ["a"]})
    hostile |= {"version": "1.0.0", "updatedAt": "2025-08-20T09:30:00Z"}
    rows = hostile["milestones"][0]["steps"][0]["microsteps"]
    for number, row in enumerate(rows):
        row |= {"id": f"m1.s1.ms{number + 1}", "criteria": ["ok"]}
    rows[0]["title"] = '<script>alert("x")</script> & \x01"quoted"'
    rows[1]["depends_on"] = ["m1.s1.ms1"]
    return make_tenant(plan=hostile)


def test_the_api_tells_the_graph_and_saves_the_transfer(tenant: Tenant) -> None:
    api, address = Api(tenant.key), f"/api/projects/{tenant.project_id}/flow"
    answer = api.get(address)
    assert answer.status_code == 200
    told = answer.json()
    assert [node["id"] for node in told["nodes"]] == ["m1.s1.ms1", "m1.s1.ms2"]
    assert told["edges"][0] | {"critical": True} == {
        "source": "m1.s1.ms1",
        "target": "m1.s1.ms2",
        "critical": True,
        "through": "",
    }
    again = api.get(address, **{"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_pictures_are_whole_and_harmless(tenant: Tenant) -> None:
    api, address = Api(tenant.key), f"/api/projects/{tenant.project_id}/flow"
    picture = api.get(f"{address}?format=svg")
    root = ElementTree.fromstring(picture.content)
    names = [part.tag.rpartition("}")[2] for part in root.iter()]
    assert "script" not in names
    assert sum(part.get("class") == "edge critical" for part in root.iter()) == 1
    closed = ElementTree.fromstring(api.get(f"{address}?format=svg&collapsed=m1").content)
    assert "path" not in [part.tag.rpartition("}")[2] for part in closed.iter()]
    dot = api.get(f"{address}?format=dot").content.decode()
    assert '"m1.s1.ms1" -> "m1.s1.ms2"' in dot
    assert api.get(f"{address}?format=exe").status_code == 422


def test_an_empty_project_has_an_empty_graph(db: None) -> None:
    tenant = make_tenant()
    answer = Api(tenant.key).get(f"/api/projects/{tenant.project_id}/flow")
    assert (answer.json()["revision"], answer.json()["nodes"]) == (0, [])
