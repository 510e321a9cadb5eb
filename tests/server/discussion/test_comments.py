"""Comments: who may say what where, what becomes of it, and that nothing of it leaks or runs."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.discussion.rules.markdown import TAGS, render
from buildrunner.server.domains.discussion.rules.mentions import Reader, mentions_in
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan

pytestmark = pytest.mark.django_db
ONE = "m1.s1.ms1"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


def say(api: Api, tenant: Tenant, body: str = "Looks right.", **more: Any) -> dict[str, Any]:
    wish = {"entity_type": "microstep", "entity_id": ONE, "body": body} | more
    answer = api.post("/api/comments", {"project_id": str(tenant.project_id), **wish})
    assert answer.status_code == 201, answer.content
    return answer.json()


def listed(api: Api, tenant: Tenant, **query: Any) -> list[dict[str, Any]]:
    words = "&".join(f"{name}={value}" for name, value in query.items())
    answer = api.get(f"/api/comments?project_id={tenant.project_id}&{words}")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def kinds(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.org_id):
        found = Event.objects.order_by("id").values_list("kind", flat=True)
        return [kind for kind in found if kind.startswith(("comment.", "issue."))]


def test_a_comment_carries_what_the_brief_says(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant, "Great work **all**!")
    assert made["body"] == "Great work **all**!"
    assert made["body_html"] == "<p>Great work <strong>all</strong>!</p>\n"
    assert UUID(made["id"])
    assert [one["id"] for one in listed(api, tenant, entity_type="microstep", entity_id=ONE)] == [
        made["id"]
    ]
    assert api.get(f"/api/comments/{made['id']}").json() == made
    assert listed(api, tenant, entity_type="microstep", entity_id="m1.s1.ms2") == []


def test_every_part_of_a_project_can_be_talked_about(tenant: Tenant, api: Api) -> None:
    for entity_type, entity_id in (
        ("project", ""),
        ("milestone", "m1"),
        ("step", "m1.s1"),
        ("revision", "1"),
    ):
        say(api, tenant, entity_type=entity_type, entity_id=entity_id)
    for entity_type, entity_id in (
        ("milestone", "m9"),
        ("microstep", "m1.s1"),
        ("revision", "2"),
        ("revision", "x"),
        ("check_run", "0" * 64),
        ("finding", "none"),
    ):
        wish = {"entity_type": entity_type, "entity_id": entity_id, "body": "?"}
        answer = api.post("/api/comments", {"project_id": str(tenant.project_id), **wish})
        assert (answer.status_code, answer.json()["code"]) == (404, "entity_absent")
    assert len(listed(api, tenant)) == 4


def test_answers_stay_in_their_thread(tenant: Tenant, api: Api) -> None:
    first = say(api, tenant)
    answer = say(api, tenant, "Thanks", parent_id=first["id"], entity_type="project", entity_id="")
    deeper = say(api, tenant, "And again", parent_id=answer["id"])
    assert {one["parent_id"] for one in (answer, deeper)} == {first["id"]}
    assert answer["entity_id"] == ONE
    elsewhere = make_tenant(plan=small_plan())
    other = say(Api(elsewhere.key), elsewhere)
    wish = {"project_id": str(tenant.project_id), "body": "x", "parent_id": other["id"]}
    assert api.post("/api/comments", wish).json()["code"] == "comment_absent"


def test_words_change_by_their_author_and_stay_in_the_history(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant, "Frist")
    lead = Api(make_key(add_person(tenant, project_role="pm"))[1])
    refused = lead.patch(f"/api/comments/{made['id']}", {"body": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_the_author")
    for _ in range(2):
        edited = api.patch(f"/api/comments/{made['id']}", {"body": "First"}).json()
    assert (edited["body"], edited["edited_at"] is None) == ("First", False)
    history = api.get(f"/api/comments/{made['id']}/history").json()["items"]
    assert [one["body"] for one in history] == ["Frist"]
    assert kinds(tenant) == ["comment.written", "comment.edited"]


def test_deleting_takes_the_words_and_leaves_the_place(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant, "secret")
    say(api, tenant, "answer", parent_id=made["id"])
    api.patch(f"/api/comments/{made['id']}", {"body": "secret 2"})
    worker = Api(make_key(add_person(tenant, project_role="contributor"))[1])
    assert worker.delete(f"/api/comments/{made['id']}").status_code == 403
    assert api.delete(f"/api/comments/{made['id']}").status_code == 204
    assert api.get(f"/api/comments/{made['id']}").status_code == 404
    gone, answer = listed(api, tenant)
    assert (gone["deleted"], gone["body"], gone["body_html"]) == (True, "", "")
    assert answer["body"] == "answer"
    assert "secret" not in str(listed(api, tenant, q="secret"))


def test_resolving_is_of_the_thread_and_on_the_record(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant)
    answer = say(api, tenant, "ok", parent_id=made["id"])
    for _ in range(2):
        settled = api.post(f"/api/comments/{answer['id']}/resolve", {}).json()
    assert (settled["id"], settled["resolved_by"]["name"]) == (made["id"], "Ada")
    assert listed(api, tenant, resolved="false") == []
    assert len(listed(api, tenant, resolved="true")) == 1
    opened = api.post(f"/api/comments/{made['id']}/reopen", {}).json()
    assert opened["resolved_at"] is None
    assert kinds(tenant)[2:] == ["comment.resolved", "comment.reopened"]


def test_reactions_count_once_a_person(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant)
    other = Api(make_key(add_person(tenant, project_role="qa"))[1])
    for who in (api, api, other):
        told = who.post(f"/api/comments/{made['id']}/reactions", {"emoji": "🎉"}).json()
    assert told["reactions"] == [{"emoji": "🎉", "count": 2, "mine": True}]
    told = other.post(f"/api/comments/{made['id']}/reactions", {"emoji": "🎉", "added": False})
    assert told.json()["reactions"] == [{"emoji": "🎉", "count": 1, "mine": False}]
    refused = api.post(f"/api/comments/{made['id']}/reactions", {"emoji": "<script>"})
    assert refused.status_code == 422


def test_promotion_is_one_revision_tied_at_both_ends(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant)
    wish = {"step_id": "m1.s1", "title": "Sign in", "criteria": ["Login form works"]}
    for role, status in (("contributor", 403), ("qa", 403), ("viewer", 403), ("techlead", 201)):
        who = Api(make_key(add_person(tenant, project_role=role))[1])
        answer = who.post(f"/api/comments/{made['id']}/promote", wish)
        assert answer.status_code == status, role
    told = answer.json()
    with tenancy.project_scope(tenant.actor, tenant.project_id, "plan.read") as access:
        plan = plans.read_plan(access).plan()
        assert plans.read_head(access).revision == told["revision"] == 2
    added = plan["milestones"][0]["steps"][0]["microsteps"][-1]
    assert (added["id"], added["criteria"]) == (told["microstep_id"], ["Login form works"])
    assert added["source"] == {"format": "comment", "key": made["id"]}
    assert api.get(f"/api/comments/{made['id']}").json()["promoted_to"] == added["id"]
    again = api.post(f"/api/comments/{made['id']}/promote", wish)
    assert (again.status_code, again.json()["microstep_id"]) == (409, added["id"])
    assert api.get(f"/api/comments/{made['id']}").json()["promoted_to"] == added["id"]


def test_a_promotion_that_fails_ties_nothing(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant)
    wish = {"step_id": "m9.s9", "title": "Nowhere"}
    assert api.post(f"/api/comments/{made['id']}/promote", wish).status_code in (404, 422)
    assert api.get(f"/api/comments/{made['id']}").json()["promoted_to"] is None
    assert "comment.promoted" not in kinds(tenant)


def test_an_issue_is_linked_once_and_says_that_nothing_was_sent(tenant: Tenant, api: Api) -> None:
    wish = {
        "provider": "jira",
        "project_id": str(tenant.project_id),
        "entity_type": "microstep",
        "entity_id": ONE,
        "title": "Fix authentication bug",
    }
    first, second = api.post("/api/issues", wish), api.post("/api/issues", wish)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert (first.json()["status"], first.json()["url"]) == ("pending", None)
    assert "Nothing was sent" in first.json()["note"]
    found = api.get(
        f"/api/issues?project_id={tenant.project_id}&entity_type=microstep&entity_id={ONE}"
    )
    assert len(found.json()["items"]) == 1
    assert api.post("/api/issues", {**wish, "provider": "bugzilla"}).status_code == 422
    assert kinds(tenant) == ["issue.linked"]


def test_strangers_find_nothing_and_viewers_only_read(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant)
    stranger = Api(make_tenant(name="Other").key)
    for method, path, body in (
        ("get", "", None),
        ("patch", "", {"body": "x"}),
        ("delete", "", None),
        ("get", "/history", None),
        ("post", "/resolve", {}),
        ("post", "/reactions", {"emoji": "👍"}),
        ("post", "/promote", {"step_id": "m1.s1", "title": "x"}),
    ):
        call = getattr(stranger, method)
        address = f"/api/comments/{made['id']}{path}"
        answer = call(address) if body is None else call(address, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "comment_absent"), path
    assert stranger.get(f"/api/comments?project_id={tenant.project_id}").status_code == 404
    viewer = Api(make_key(add_person(tenant, project_role="viewer"))[1])
    assert len(listed(viewer, tenant)) == 1
    wish = {"project_id": str(tenant.project_id), "body": "hi"}
    assert viewer.post("/api/comments", wish).status_code == 403


def test_talk_follows_what_was_renamed(tenant: Tenant, api: Api) -> None:
    made = say(api, tenant)
    plan = small_plan()
    moved = plan["milestones"][0]["steps"][0]["microsteps"][0]
    moved |= {"id": "m1.s1.ms9", "aliases": [ONE]}
    answer = api.put(f"/api/projects/{tenant.project_id}/plan", plan, If_Match="*")
    assert answer.status_code in (200, 201), answer.content
    for name in ("m1.s1.ms9", ONE):
        found = listed(api, tenant, entity_type="microstep", entity_id=name)
        assert [one["id"] for one in found] == [made["id"]]


def test_words_are_found(tenant: Tenant, api: Api) -> None:
    say(api, tenant, "The cache is cold")
    say(api, tenant, "The door is open")
    assert [one["body"] for one in listed(api, tenant, q="cache")] == ["The cache is cold"]
    assert [one["body"] for one in listed(api, tenant, q="the%20-cache")] == ["The door is open"]


def test_an_agent_comments_under_its_own_name(tenant: Tenant) -> None:
    account = tenancy.create_service_account(
        tenant.actor, tenant.org_id, name="Agent", role="admin"
    )
    _, secret = tenancy.create_api_key(
        tenant.actor,
        name="agent",
        scopes=["builder.run"],
        org_id=tenant.org_id,
        service_id=account.id,
    )
    made = say(Api(secret), tenant)
    assert (made["author"]["kind"], made["author"]["name"]) == ("service", "Agent")


READERS = [
    Reader(UUID(int=1), "Grace Hopper", "grace@example.test", "pm"),
    Reader(UUID(int=2), "Ada Lovelace", "ada@example.test", "qa"),
    Reader(UUID(int=3), "Ada Byron", "byron@example.test", "qa"),
    Reader(UUID(int=4), "Łukasz Żak", "l@example.test", "viewer"),
]
TEAMS = {"frontend": [UUID(int=1), UUID(int=9)], "empty": []}


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@grace.hopper", {1}),
        ("@GraceHopper, look", {1}),
        ("(@grace)", {1}),
        ("@ada", {2}),  # the address tells them apart
        ("@ada.byron and @role:QA", {2, 3}),
        ("@role:tech_lead", set()),
        ("@team:frontend", {1}),  # who may not read is never meant
        ("@team:Frontend, @team:empty and @team:backend", {1}),
        ("@łukasz.żak", {4}),
        ("@mallory", set()),
        ("mail ada@example.test", set()),
        ("`@grace` in code", set()),
        ("```\n@grace\n```", set()),
    ],
)
def test_a_mention_means_whom_it_names(text: str, people: set[int]) -> None:
    found = mentions_in(text, READERS, TEAMS)
    assert {person.int for one in found for person in one.people} == people


def test_a_mention_tells_no_more_than_that_it_was_written(tenant: Tenant, api: Api) -> None:
    """A stranger's name and a name that nobody has are answered alike."""
    stranger = make_tenant(name="Other").person
    body = f"@{stranger.name} @{stranger.email.partition('@')[0]} @nobody.at.all"
    made = say(api, tenant, body)
    assert {one["reaches"] for one in made["mentions"][1:]} == {0}
    with tenant_scope(tenant.org_id):
        event = Event.objects.get(kind="comment.written")
    assert str(stranger.id) not in str(event.data)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://evil.example/pixel.png)",
    "[x](vbscript:x)",
    "<a href='javascript:x'>x</a>",
    "<svg/onload=alert(1)>",
    '[x](https://ok.example "onmouseover=alert(1)")',
    "@<script>",
    "`<script>`",
    "# <style>*{}</style>",
    "<!--><script>alert(1)</script>",
    "[a]: javascript:alert(1)\n[a]",
]


def dangers(rendered: str) -> list[str]:
    tags = re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>", rendered)
    found = [name for name, _ in tags if name not in TAGS]
    for _, rest in tags:
        for name, value in re.findall(r"([\w-]+)=\"([^\"]*)\"", rest):
            if name not in ("href", "rel", "class", "start", "title"):
                found.append(name)
            if name == "href" and re.match(r"\s*[a-z]+\s*:", value, re.IGNORECASE):
                found += [] if value.startswith(("http:", "https:", "mailto:")) else [value]
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text: str) -> None:
    assert dangers(render(text)) == []


@given(st.text(alphabet=st.sampled_from("<>[]()!`*_#@:/\\\"'&; \nabjavscript&#x09;="), max_size=80))
def test_no_text_at_all_comes_through_as_markup(text: str) -> None:
    assert dangers(render(text)) == []
