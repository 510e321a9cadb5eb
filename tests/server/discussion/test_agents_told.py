"""Agents are named like people, and read what was said to them by their key."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.discussion import tasks
from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Position, Record
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> Tenant:
    return make_tenant(plan=small_plan())


def _agent(own: Tenant, name: str, **more: Any) -> dict[str, Any]:
    body = {"name": name, "project_id": str(own.project_id)} | more
    made: dict[str, Any] = Api(own.key).post(f"/api/orgs/{own.org_id}/agents", body).json()
    return made


def _say(key: str, own: Tenant, body: str) -> dict[str, Any]:
    place = {"entity_type": "microstep", "entity_id": "m1.s1.ms1", "body": body}
    answer = Api(key).post("/api/comments", {"project_id": str(own.project_id), **place})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    with tenant_scope(own.org_id):
        row = Event.objects.filter(kind="comment.written").latest("id")
    place_ = Position(1, 1, row.id)
    tasks.tell_of_comment(
        Record(
            place_, row.kind, row.org_id, row.project_id, row.subject, row.actor, row.data,
            row.created_at,
        )
    )  # fmt: skip
    return made


def _inbox(key: str) -> list[dict[str, Any]]:
    answer = Api(key).get("/api/notifications?unread=true")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("name", ["claude", "claude-ci", "Claude Code"])
def test_an_agent_reads_its_mentions(own: Tenant, name: str) -> None:
    made = _agent(own, name)
    found = Api(own.key).get(f"/api/projects/{own.project_id}/mentionable?q=cl").json()["items"]
    (one,) = [each for each in found if each["kind"] == "user"]
    assert one["title"] == f"{name} (agent)"
    _say(own.key, own, f"{one['text']} which currency?")
    (notice,) = _inbox(made["key"])
    assert (notice["kind"], notice["title"]) == ("comment.mentioned", "Ada mentions you")
    assert "which currency?" in notice["body"]
    with tenant_scope(own.org_id):
        (row,) = Notice.objects.filter(person_id=made["id"])
        assert row.mail_at is None  # it has no mailbox
    marked = Api(made["key"]).post("/api/notifications/read", {"read": True, "ids": [notice["id"]]})
    assert marked.status_code == 200
    assert _inbox(made["key"]) == []


def test_an_answer_to_an_agent_comes_to_it_and_its_mention_to_a_person(own: Tenant) -> None:
    made = _agent(own, "claude")
    grace = add_person(own, project_role="contributor", name="Grace Hopper")
    first = _say(made["key"], own, "@grace.hopper which currency?")
    (asked,) = _inbox(make_key(grace)[1])
    assert asked["title"] == "claude mentions you"
    answer = Api(own.key).post(
        "/api/comments",
        {
            "project_id": str(own.project_id),
            "entity_type": "microstep",
            "entity_id": "m1.s1.ms1",
            "body": "Euro.",
            "parent_id": first["id"],
        },
    )
    assert answer.status_code == 201
    with tenant_scope(own.org_id):
        row = Event.objects.filter(kind="comment.written").latest("id")
    tasks.tell_of_comment(
        Record(
            Position(1, 1, row.id), row.kind, row.org_id, row.project_id, row.subject, row.actor,
            row.data, row.created_at,
        )
    )  # fmt: skip
    (heard,) = _inbox(made["key"])
    assert heard["kind"] == "comment.replied"


def test_who_is_not_in_the_project_is_nobody(own: Tenant) -> None:
    outside = _agent(own, "codex", project_id=None)
    gone = _agent(own, "gone")
    Api(own.key).delete(f"/api/orgs/{own.org_id}/agents/{gone['id']}")
    found = Api(own.key).get(f"/api/projects/{own.project_id}/mentionable").json()["items"]
    assert not {"codex", "gone"} & {each["name"] for each in found}
    _say(own.key, own, "@codex @gone are you there?")
    assert _inbox(outside["key"]) == []


def test_a_role_means_people(own: Tenant) -> None:
    made = _agent(own, "claude")
    _say(own.key, own, "@role:Contributor please look")
    assert _inbox(made["key"]) == []
