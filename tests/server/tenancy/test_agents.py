"""Agents: made with a key, answered for by a person, never more than their role and scopes."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


def created(own: Tenant, **more: Any) -> Any:
    body = {"name": "claude", "project_id": str(own.project_id)} | more
    answer = Api(own.key).post(f"/api/orgs/{own.org_id}/agents", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_an_agent_works_and_is_seen_as_one(own: Tenant) -> None:
    made = created(own)
    assert (made["owner"], made["keys"]) == ("Ada", 1)
    agent = Api(made["key"])
    me = agent.get("/api/me").json()
    assert (me["kind"], me["name"]) == ("service", "claude")
    claim = agent.post(f"/api/projects/{own.project_id}/claims", {"microstep_id": "m1.s1.ms1"})
    assert claim.status_code == 201, claim.content
    (listed,) = Api(own.key).get(f"/api/orgs/{own.org_id}/agents").json()["items"]
    assert listed["projects"][0]["role"] == "contributor"
    assert listed["last_used_at"]
    assert "key" not in listed


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/orgs/{org}/agents", {"name": "child"}),
        ("post", "/api/orgs/{org}/api-keys", {"name": "wider", "scopes": ["*"]}),
        (
            "post",
            "/api/projects/{project}/sign-offs",
            {"microstep_id": "m1.s1.ms1", "criterion": 0},
        ),
        ("put", "/api/projects/{project}/policy", {"text": "protected_paths: []\n"}),
        ("patch", "/api/projects/{project}", {"title": "Mine"}),
        ("post", "/api/models/settings", {"project_id": "{project}", "task_type": "qa"}),
    ],
)
def test_an_agent_never_approves_nor_hands_out(
    own: Tenant, method: str, path: str, body: dict[str, Any]
) -> None:
    agent = Api(created(own)["key"])
    where = path.format(org=own.org_id, project=own.project_id)
    sent = {
        key: value.format(project=own.project_id) if isinstance(value, str) else value
        for key, value in body.items()
    }
    assert getattr(agent, method)(where, sent).status_code in (403, 404)


def test_the_owner_leaving_stops_the_agent_until_somebody_answers(own: Tenant) -> None:
    owner = add_person(own, project_role="contributor")
    made = created(own, owner_id=str(owner.id))
    agent, api = Api(made["key"]), Api(own.key)
    assert agent.get("/api/me").status_code == 200
    tenancy.remove_org_member(own.actor, own.org_id, person_id=owner.id)
    assert agent.get("/api/me").status_code == 401
    path = f"/api/orgs/{own.org_id}/agents"
    (stopped,) = api.get(path).json()["items"]
    assert (stopped["owner_id"], stopped["keys"]) == (None, 0)
    refused = api.post(f"{path}/{made['id']}/keys", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "agent_without_owner")
    taken = api.patch(f"{path}/{made['id']}", {"owner_id": str(own.person.id)})
    assert taken.json()["owner"] == "Ada"
    key = api.post(f"{path}/{made['id']}/keys", {"project_id": str(own.project_id)}).json()["key"]
    assert Api(key).get("/api/me").status_code == 200


def test_removing_ends_its_keys(own: Tenant) -> None:
    made = created(own)
    path = f"/api/orgs/{own.org_id}/agents/{made['id']}"
    assert Api(own.key).delete(path).status_code == 204
    assert Api(made["key"]).get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"scopes": ["*"]}, 422),
        ({"scopes": ["nonsense"]}, 422),
        ({"role": "pm"}, 422),
        ({"owner_id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"}, 404),
        ({"project_id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"}, 404),
    ],
)
def test_what_cannot_be_is_refused(own: Tenant, change: dict[str, Any], status: int) -> None:
    body = {"name": "claude"} | change
    answer = Api(own.key).post(f"/api/orgs/{own.org_id}/agents", body)
    assert answer.status_code == status, answer.content


def test_names_are_taken_once_and_others_see_nothing(own: Tenant) -> None:
    created(own)
    path = f"/api/orgs/{own.org_id}/agents"
    assert Api(own.key).post(path, {"name": "claude"}).status_code == 409
    assert Api(make_key(make_tenant(name="Other").person)[1]).get(path).status_code == 404
    member = Api(make_key(add_person(own))[1])
    assert member.get(path).status_code == 200
    assert member.post(path, {"name": "x"}).status_code == 403


def test_an_agent_takes_no_seat(own: Tenant) -> None:
    entitlements.set_tier(SYSTEM, own.org_id, tier="free")
    api = Api(own.key)
    for name in ("claude", "cursor"):
        created(own, name=name)
    path = f"/api/orgs/{own.org_id}/invitations"
    refused = api.post(path, {"email": "grace@example.org", "role": "member"})
    assert refused.status_code in (402, 403, 409), refused.content
    assert "seat" in refused.json()["detail"]
