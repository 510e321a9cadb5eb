"""Who hears of what was said, what links show, and that nothing is said twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from buildrunner.server.config import gates
from buildrunner.server.domains.discussion import tasks
from buildrunner.server.domains.discussion.rules.cards import links_in
from buildrunner.server.domains.discussion.rules.mentions import (
    MOST_PEOPLE,
    Reader,
    mentions_in,
    people_in,
)
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Position, Record
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan
from factories.evidence import make_proof_rows
from factories.governance import POLICY, change
from factories.notices import notices
from factories.teams import make_team

pytestmark = pytest.mark.django_db
ONE = "m1.s1.ms1"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


def say(api: Api, tenant: Tenant, body: str, **more: Any) -> dict[str, Any]:
    wish = {"entity_type": "microstep", "entity_id": ONE, "body": body} | more
    answer = api.post("/api/comments", {"project_id": str(tenant.project_id), **wish})
    assert answer.status_code == 201, answer.content
    return answer.json()


_DELIVERED: dict[UUID, int] = {}


def deliver(tenant: Tenant) -> None:
    """What the worker does with the events of talk since the last time, each twice: a crash tells
    nobody twice."""
    handlers = {
        "comment.written": tasks.tell_of_comment,
        "comment.edited": tasks.tell_of_comment,
        "comment.resolved": tasks.tell_of_resolution,
    }
    with tenant_scope(tenant.org_id):
        rows = Event.objects.filter(kind__in=handlers).order_by("id")
        if tenant.org_id in _DELIVERED:
            rows = rows.filter(id__gt=_DELIVERED[tenant.org_id])
        found = list(rows)
    for row in found:
        _DELIVERED[tenant.org_id] = row.id
        for _ in range(2):
            handlers[row.kind](
                Record(
                    Position(1, 1, row.id), row.kind, row.org_id, row.project_id, row.subject,
                    row.actor, row.data, row.created_at,
                )
            )  # fmt: skip


def heard(tenant: Tenant) -> list[tuple[UUID, str]]:
    return [(row.person_id, row.kind) for row in notices(tenant)]


def test_each_is_told_once_by_what_concerns_them_most(tenant: Tenant, api: Api) -> None:
    ada = tenant.person.id
    grace, bob, eve = (add_person(tenant, project_role="contributor") for _ in range(3))
    team = make_team(tenant, "frontend", bob.id)
    assert team
    first = say(api, tenant, "Who checks dates?")
    deliver(tenant)
    say(Api(make_key(grace)[1]), tenant, "@team:frontend does", parent_id=first["id"])
    deliver(tenant)
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        notifications.watch(access, eve.id, f"microstep:{ONE}", "manual")
    say(Api(make_key(bob)[1]), tenant, "We do", parent_id=first["id"])
    deliver(tenant)
    assert sorted(heard(tenant)) == sorted(
        [
            (bob.id, "comment.mentioned"),
            (ada, "comment.replied"),
            (ada, "comment.replied"),
            (grace.id, "comment.replied"),
            (eve.id, "comment.written"),
        ]
    )
    notice = next(one for one in notices(tenant) if one.kind == "comment.mentioned")
    assert (notice.body, notice.url.rpartition("/")[0]) == (
        "@team:frontend does",
        f"/projects/{tenant.project_id}/discussion",
    )


def test_muting_a_thread_silences_its_answers_but_not_ones_name(tenant: Tenant, api: Api) -> None:
    grace = add_person(tenant, project_role="contributor")
    first = say(api, tenant, "Begin")
    deliver(tenant)
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        notifications.watch(access, tenant.person.id, f"comment:{first['id']}", "muted")
    other = Api(make_key(grace)[1])
    say(other, tenant, "Noise", parent_id=first["id"])
    deliver(tenant)
    say(other, tenant, f"@{tenant.person.email.partition('@')[0]} look", parent_id=first["id"])
    deliver(tenant)
    assert heard(tenant) == [(tenant.person.id, "comment.mentioned")]


def test_an_edit_tells_only_who_is_named_anew(tenant: Tenant, api: Api) -> None:
    grace, bob = (add_person(tenant, project_role="contributor") for _ in range(2))
    names = [one.email.partition("@")[0] for one in (grace, bob)]
    made = say(api, tenant, f"@{names[0]}")
    for body in (f"@{names[0]} and @{names[1]}", f"@{names[1]} and @{names[0]}!"):
        api.patch(f"/api/comments/{made['id']}", {"body": body})
    deliver(tenant)
    assert sorted(heard(tenant)) == sorted(
        [(grace.id, "comment.mentioned"), (bob.id, "comment.mentioned")]
    )


def test_words_that_are_gone_are_told_to_nobody(tenant: Tenant, api: Api) -> None:
    grace = add_person(tenant, project_role="contributor")
    made = say(api, tenant, f"@{grace.email.partition('@')[0]} secret")
    api.delete(f"/api/comments/{made['id']}")
    deliver(tenant)
    assert heard(tenant) == []


def test_who_took_part_hears_that_it_is_settled(tenant: Tenant, api: Api) -> None:
    grace = add_person(tenant, project_role="contributor")
    made = say(Api(make_key(grace)[1]), tenant, "Begin")
    api.post(f"/api/comments/{made['id']}/resolve")
    deliver(tenant)
    assert heard(tenant)[-1] == (grace.id, "comment.resolved")


def test_one_comment_tells_no_crowd() -> None:
    readers = [Reader(UUID(int=n), f"P {n}", f"p{n}@x.test", "qa") for n in range(1, 600)]
    everybody = {f"t{n}": [one.person_id for one in readers] for n in range(80)}
    text = "@role:QA " + " ".join(f"@team:{name}" for name in everybody) + " @p599"
    found = mentions_in(text, readers, everybody)
    assert len(found) <= 50
    assert len(people_in(found)) == MOST_PEOPLE
    named = mentions_in("@role:QA @p599", readers, everybody)
    assert people_in(named)[0] == UUID(int=599)


def test_what_is_said_twice_is_said_once(tenant: Tenant, api: Api) -> None:
    mine = str(uuid4())
    made = say(api, tenant, "Once", client_id=mine)
    assert made["client_id"] == mine
    assert say(api, tenant, "Once", client_id=mine) == made
    other = Api(make_key(add_person(tenant, project_role="contributor"))[1])
    assert say(other, tenant, "Once", client_id=mine)["id"] != made["id"]
    seen = other.get(f"/api/comments/{made['id']}").json()
    assert seen["client_id"] is None
    second = tenancy.create_project(tenant.actor, title="Second", org_id=tenant.org_id)
    refused = api.post(
        "/api/comments", {"project_id": str(second.id), "body": "Once", "client_id": mine}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "client_id")


def test_a_mention_of_whom_nobody_let_in_offers_to_invite(tenant: Tenant, api: Api) -> None:
    outside = add_person(tenant)  # of the organization, without the project
    strange = make_tenant(name="Other").person
    answers = [
        say(api, tenant, f"@{name}")
        for name in (outside.email.partition("@")[0], strange.email.partition("@")[0], "nobody9")
    ]
    assert {one["invite_url"] for one in answers} == {f"/projects/{tenant.project_id}/settings"}
    assert {(one["mentions"][0]["reaches"], one["mentions"][0]["kind"]) for one in answers} == {
        (0, "user")
    }
    deliver(tenant)
    assert heard(tenant) == []
    assert say(api, tenant, "nobody named")["invite_url"] is None


def test_only_who_may_read_can_be_mentioned(tenant: Tenant, api: Api) -> None:
    inside = add_person(tenant, project_role="qa")
    outside = add_person(tenant)
    make_team(tenant, "frontend", inside.id, outside.id)
    make_team(tenant, "backend", outside.id)
    path = f"/api/projects/{tenant.project_id}/mentionable"
    found = {one["text"]: one for one in api.get(path).json()["items"]}
    assert str(outside.email.partition("@")[0]) not in str(found)
    assert (found["@team:frontend"]["reaches"], found["@team:backend"]["reaches"]) == (1, 0)
    assert found["@role:QA"]["reaches"] == 1
    assert [one["text"] for one in api.get(f"{path}?q=team:f").json()["items"]] == [
        "@team:frontend"
    ]
    for one in found.values():
        made = say(api, tenant, one["text"])
        assert made["mentions"][0]["reaches"] == one["reaches"]
    assert Api(make_key(outside)[1]).get(path).status_code == 403
    assert Api(make_tenant().key).get(path).status_code == 404


@pytest.mark.parametrize(
    ("text", "kind", "where", "name"),
    [
        ("https://github.com/acme/shop/pull/12/files", "pull_request", "github.com/acme/shop", "12"),
        ("<https://gitlab.com/a/b/c/-/merge_requests/3>", "pull_request", "gitlab.com/a/b/c", "3"),
        ("see [it](https://x.test/o/r/issues/9).", "issue", "x.test/o/r", "9"),
        ("(https://jira.acme.test/browse/SHOP-7)", "issue", "jira.acme.test", "SHOP-7"),
        ("https://github.com/o/r/blob/main/src/a.py#L3-L9", "file", "github.com/o/r", "src/a.py:3-9"),
        ("`src/shop/cart.py:42`", "file", "", "src/shop/cart.py:42"),
        ("in main.rs:7-9, I think", "file", "", "main.rs:7-9"),
        ("https://github.com/o/r/actions/runs/55/job/6", "test_run", "github.com/o/r", "55"),
    ],
)  # fmt: skip
def test_links_are_read_from_their_addresses(text: str, kind: str, where: str, name: str) -> None:
    (link,) = links_in(text)
    assert (link.kind, link.where, link.name) == (kind, where, name)


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com@evil.example/o/r/pull/1",
        "[x](javascript:/o/r/pull/1)",
        "[x](//evil.example/o/r/pull/1)",
        "http://[::1/o/r/pull/1",
        "12:30 and localhost:8000 and http://a.b:80/c",
        "1.2.3:4",
        "https://x.test/" + "a/" * 900 + "pull/1",
    ],
)
def test_what_only_looks_like_a_link_makes_no_card(text: str) -> None:
    assert links_in(text) == []


def test_cards_show_what_is_known_here_and_nothing_of_elsewhere(tenant: Tenant, api: Api) -> None:
    gates.wire()
    other = make_tenant(plan=small_plan())
    here, there = (f"/projects/{one.project_id}/plan/items/{ONE}" for one in (tenant, other))
    made = say(api, tenant, f"[a]({here}) [b]({there}) [c]({here}9) `x.py:1`")
    assert [(one["kind"], one["state"], one["url"]) for one in made["cards"]] == [
        ("plan", "todo", here),
        ("file", "", ""),
    ]
    hostile = say(api, tenant, 'https://x.test/<script>/r/pull/1 https://x.test/o/r/pull/1?"<b>')
    assert all("<" not in one["url"] for one in hostile["cards"])


def test_check_runs_and_findings_are_talked_about(tenant: Tenant, api: Api) -> None:
    gates.wire()
    address = str(make_proof_rows(tenant)["address"])
    governance.save_policy(tenant.actor, tenant.project_id, text=POLICY, expected=["*"])
    asked, _ = governance.request_approval(
        tenant.actor, tenant.project_id, change=change("infra/a.tf")
    )
    print_of = asked.denials[0]["fingerprint"]
    for kind, name in (("check_run", address), ("finding", print_of)):
        assert say(api, tenant, "Why?", entity_type=kind, entity_id=name)["entity_id"] == name
    card = say(api, tenant, f"[run](/projects/{tenant.project_id}/tests/records/{address})")[
        "cards"
    ]
    assert [(one["kind"], bool(one["state"])) for one in card] == [("test_run", True)]
    card = say(api, tenant, f"[it](/projects/{tenant.project_id}/governance/requests/1)")["cards"]
    assert [(one["title"], one["state"]) for one in card] == [("#1 Change", "denied")]
    other = make_tenant(plan=small_plan())
    for kind, name in (("check_run", address), ("finding", print_of)):
        answer = Api(other.key).post(
            "/api/comments",
            {
                "project_id": str(other.project_id),
                "entity_type": kind,
                "entity_id": name,
                "body": "x",
            },
        )
        assert answer.json()["code"] == "entity_absent"
