"""The journal of agents' runs: begun, alive, ended, lost; and what each did."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.domains.workbench.models.runs import AgentRun
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan

pytestmark = pytest.mark.django_db

HEAD, LATER = "1f0c2b6d9e", "2a2a2a2a2a"


@pytest.fixture
def own() -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def agent(own: Tenant) -> str:
    return _agent(own, "claude")


def _agent(own: Tenant, name: str) -> str:
    body = {"name": name, "project_id": str(own.project_id)}
    made = Api(own.key).post(f"/api/orgs/{own.org_id}/agents", body)
    assert made.status_code == 201, made.content
    key: str = made.json()["key"]
    return key


def _runs(own: Tenant, rest: str = "") -> str:
    return f"/api/projects/{own.project_id}/runs{rest}"


def _start(own: Tenant, key: str, **body: Any) -> dict[str, Any]:
    answer = Api(key).post(_runs(own), {"commit": HEAD, "program": "claude-code", **body})
    assert answer.status_code in (200, 201), answer.content
    view: dict[str, Any] = answer.json()
    return view


def _claim(own: Tenant, key: str, run: str, microstep: str = "m1.s1.ms1") -> Any:
    path = f"/api/projects/{own.project_id}/claims"
    return Api(key).post(path, {"microstep_id": microstep}, BR_Run=run)


def _let_pass(own: Tenant, run: str, by: timedelta) -> None:
    """As if what the run did last lay so far back."""
    with tenant_scope(own.org_id):
        row = AgentRun.objects.get(id=run)
        row.seen_at, row.expires_at = row.seen_at - by, row.expires_at - by
        row.save()


def _claims(own: Tenant) -> list[str]:
    with tenancy.project_scope(own.actor, own.project_id) as access:
        return [claim.microstep_id for claim in plans.list_claims(access)]


def test_a_run_tells_who_did_what_at_which_commit(own: Tenant, agent: str) -> None:
    run = _start(own, agent, branch="main")
    assert (run["state"], run["agent"], run["actor"]["name"]) == ("open", True, "claude")
    assert _claim(own, agent, run["id"]).status_code == 201
    said = {"project_id": str(own.project_id), "entity_type": "microstep", "body": "On it."}
    comment = Api(agent).post("/api/comments", said | {"entity_id": "m1.s1.ms1"}, BR_Run=run["id"])
    assert comment.status_code == 201, comment.content
    plan = {**small_plan(), "title": "Named anew"}
    saved = Api(agent).put(
        f"/api/projects/{own.project_id}/plan", plan, If_Match=_etag(own), BR_Run=run["id"]
    )
    assert saved.status_code == 200, saved.content
    story = Api(own.key).get(_runs(own, f"/{run['id']}")).json()
    assert (story["claimed"], story["holds"]) == (["m1.s1.ms1"], ["m1.s1.ms1"])
    assert (story["revisions"], story["evidence"]) == ([2], [])
    assert story["commented"] == ["m1.s1.ms1"]
    ended = Api(agent).post(_runs(own, f"/{run['id']}/end"), {"commit": LATER, "summary": "begun"})
    assert ended.status_code == 200, ended.content
    view = ended.json()
    assert (view["state"], view["commit_start"], view["commit_end"]) == ("ended", HEAD, LATER)
    assert (view["summary"], view["freed"]) == ("begun", ["m1.s1.ms1"])
    assert _claims(own) == []
    again = Api(agent).post(_runs(own, f"/{run['id']}/end"), {})
    assert (again.status_code, again.json()["commit_end"]) == (200, LATER)
    kinds = _kinds(own)
    assert kinds.count("agent_run.started") == kinds.count("agent_run.ended") == 1


def _etag(own: Tenant) -> str:
    etag: str = Api(own.key).get(f"/api/projects/{own.project_id}/plan")["ETag"]
    return etag


def _kinds(own: Tenant) -> list[str]:
    answer = Api(own.key).get(f"/api/projects/{own.project_id}/timeline/events?limit=100")
    return [event["kind"] for event in answer.json()["items"]]


def test_the_same_name_is_the_same_run(own: Tenant, agent: str) -> None:
    first = _start(own, agent, name="session-1")
    again = _start(own, agent, name="session-1", commit=LATER)
    assert (again["id"], again["commit_start"]) == (first["id"], HEAD)
    assert _start(own, agent, name="session-2")["id"] != first["id"]
    other = _start(own, _agent(own, "codex"), name="session-1")
    assert other["id"] != first["id"]
    Api(agent).post(_runs(own, f"/{first['id']}/end"), {})
    assert _start(own, agent, name="session-1")["id"] != first["id"]


def test_who_is_silent_is_lost_and_others_take_over_at_once(own: Tenant, agent: str) -> None:
    run = _start(own, agent)
    other = _agent(own, "codex")
    assert _claim(own, agent, run["id"]).status_code == 201
    refused = _claim(own, other, "")
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_held")
    _silence(own, run["id"])
    assert workbench.close_silent_runs() == 1
    (view,) = Api(own.key).get(_runs(own) + "?state=lost").json()["items"]
    assert (view["freed"], view["expires_at"]) == (["m1.s1.ms1"], None)
    assert _claim(own, other, "").status_code == 201
    # The former holder hears of it at its next word, with what it lost and what to do.
    for rest in ("/heartbeat", "/end"):
        told = Api(agent).post(_runs(own, f"/{run['id']}{rest}"), {})
        problem = told.json()
        assert (told.status_code, problem["code"]) == (409, "run_closed")
        assert (problem["missing"], problem["next_command"]) == (["m1.s1.ms1"], "br next")
    assert _kinds(own).count("agent_run.lost") == 1


def _silence(own: Tenant, run: str) -> None:
    """Neither the run nor what it did is younger than two hours."""
    _let_pass(own, run, timedelta(hours=2))
    from django.db import connection

    with tenant_scope(own.org_id), connection.cursor() as cursor:
        cursor.execute("UPDATE workbench_agentrun SET ttl_seconds = 0 WHERE id = %s", [run])


def test_whatever_a_run_does_is_a_sign_of_life(own: Tenant, agent: str) -> None:
    run = _start(own, agent)
    _let_pass(own, run["id"], timedelta(hours=2))
    assert _claim(own, agent, run["id"]).status_code == 201
    assert workbench.close_silent_runs() == 0
    (view,) = Api(own.key).get(_runs(own)).json()["items"]
    assert view["state"] == "open"
    assert datetime.fromisoformat(view["expires_at"]) > timezone.now()


def test_a_heartbeat_renews(own: Tenant, agent: str) -> None:
    run = _start(own, agent)
    _let_pass(own, run["id"], timedelta(minutes=29))
    beat = Api(agent).post(_runs(own, f"/{run['id']}/heartbeat"), {"commit": LATER}).json()
    assert beat["commit_end"] == LATER
    assert beat["expires_at"] > run["expires_at"]
    assert workbench.close_silent_runs() == 0


def test_who_says_no_end_has_ended_unless_something_is_left(own: Tenant, agent: str) -> None:
    left = _start(own, agent, silent=True, name="left")
    _claim(own, agent, left["id"])
    done = _start(own, agent, silent=True, name="done")
    for run in (left, done):
        _silence(own, run["id"])
    assert workbench.close_silent_runs() == 2
    states = {one["name"]: one["state"] for one in Api(own.key).get(_runs(own)).json()["items"]}
    assert states == {"left": "lost", "done": "ended"}


def test_a_claim_renewed_by_a_later_run_outlives_the_first(own: Tenant, agent: str) -> None:
    first, second = _start(own, agent, name="a"), _start(own, agent, name="b")
    for run in (first, second):
        assert _claim(own, agent, run["id"]).status_code == 201
    ended = Api(agent).post(_runs(own, f"/{first['id']}/end"), {}).json()
    assert ended["freed"] == []
    assert _claims(own) == ["m1.s1.ms1"]


def test_anothers_run_is_neither_beaten_nor_borrowed(own: Tenant, agent: str) -> None:
    run = _start(own, agent)
    other = _agent(own, "codex")
    beat = Api(other).post(_runs(own, f"/{run['id']}/heartbeat"), {})
    assert (beat.status_code, beat.json()["code"]) == (404, "run_absent")
    assert Api(other).post(_runs(own, f"/{run['id']}/end"), {}).status_code == 403
    # Naming another's run puts nothing into it.
    assert _claim(own, other, run["id"]).status_code == 201
    assert Api(own.key).get(_runs(own, f"/{run['id']}")).json()["claimed"] == []
    assert Api(own.key).post(_runs(own, f"/{run['id']}/end"), {}).json()["freed"] == []
    assert _claims(own) == ["m1.s1.ms1"]


def _spend(own: Tenant, name: str, cost: str | None, **cause: Any) -> None:
    usage = metering.Usage(
        id=name,
        source="//gateway",
        type="tokens",
        time=None,
        quantity=Decimal(1000),
        model="own-1",
        provider=None,
        tokens=metering.Tokens(input=1000),
        attribution=metering.Attribution(own.org_id, project_id=own.project_id, **cause),
        charged=Decimal(cost) if cost else None,
    )
    (outcome,) = metering.record_usage(None, own.org_id, [usage])
    assert outcome.status == "accepted"


def test_costs_are_those_of_the_run(own: Tenant, agent: str) -> None:
    key_id = tenancy.actor_for_key(agent).key_id  # type: ignore[union-attr]
    _spend(own, "before", "1", key_id=key_id)
    run, other = _start(own, agent, name="a"), _start(own, _agent(own, "codex"), name="b")
    _spend(own, "named", "0.25", run=run["id"], key_id=key_id)
    _spend(own, "by the key alone", "0.5", key_id=key_id)
    _spend(own, "of another run", "4", run=other["id"], key_id=key_id)
    _spend(own, "of nobody", "8")
    (cost,) = Api(own.key).get(_runs(own, f"/{run['id']}")).json()["costs"]
    assert (Decimal(cost["cost"]), cost["calls"], cost["tokens"]) == (Decimal("0.75"), 2, 2000)
    _spend(own, "unpriced", None, run=other["id"])
    (cost,) = Api(own.key).get(_runs(own, f"/{other['id']}")).json()["costs"]
    assert (cost["cost"], Decimal(cost["known"])) == (None, 4)  # nobody knows the price
    # Who may not see costs sees none, not nothing.
    assert Api(agent).get(_runs(own, f"/{run['id']}")).json()["costs"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"commit": "main"}, 422),
        ({"ttl_seconds": 1}, 422),
        ({"program": "x" * 201}, 422),
        ({"program": "a\nb"}, 422),
    ],
)
def test_what_is_no_run_is_refused(
    own: Tenant, agent: str, body: dict[str, Any], status: int
) -> None:
    assert Api(agent).post(_runs(own), body).status_code == status


def test_who_may_not_claim_runs_nothing(own: Tenant) -> None:
    viewer = add_person(own, project_role="viewer")
    _, key = make_key(viewer)
    assert Api(key).post(_runs(own), {}).status_code == 403
    assert Api(key).get(_runs(own)).status_code == 200
