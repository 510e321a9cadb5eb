"""What a page asks for when something was said: one comment, drawn as the page draws it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import Client

from buildrunner.server.config import gates
from buildrunner.server.domains.discussion import facade as discussion
from factories import Tenant, add_person, make_tenant, small_plan
from kits.visitor import sign_in

pytestmark = pytest.mark.django_db


def say(tenant: Tenant, body: str, parent: UUID | None = None) -> UUID:
    return discussion.write_comment(
        tenant.actor,
        tenant.project_id,
        entity_type="project",
        entity_id="",
        body=body,
        parent_id=parent,
    ).id


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    return sign_in(tenant.person)


def address(tenant: Tenant, comment: UUID, query: str = "") -> str:
    return f"/projects/{tenant.project_id}/discussion/{comment}/fragment{query}"


def test_an_answer_comes_alone_and_as_the_page_draws_it(tenant: Tenant, visitor: Client) -> None:
    first = say(tenant, "Who checks dates?")
    second = say(tenant, "I <b>do</b>", first)
    told = visitor.get(address(tenant, second))
    words = told.content.decode()
    assert (told.status_code, told.headers["Cache-Control"].count("no-store")) == (200, 1)
    assert words.count(f'id="c-{second}"') == words.count("<article") + 1 == 1
    assert f'data-parent="{first}"' in words
    assert "&lt;b&gt;" in words
    assert "Who checks" not in words
    page = visitor.get(f"/projects/{tenant.project_id}/discussion").content.decode()
    assert words.strip().partition("<p ")[0] in page


def test_a_first_comment_comes_with_its_thread(tenant: Tenant, visitor: Client) -> None:
    first = say(tenant, "Who checks dates?")
    second = say(tenant, "I do", first)
    say(tenant, "Something else")
    words = visitor.get(address(tenant, first)).content.decode()
    assert f'id="c-{first}"' in words
    assert f'id="c-{second}"' in words
    assert words.count("<article") == 1
    discussion.delete_comment(tenant.actor, first)
    assert "Deleted." in visitor.get(address(tenant, first)).content.decode()


def test_a_thread_that_the_page_does_not_show_is_not_told(tenant: Tenant, visitor: Client) -> None:
    first = say(tenant, "Who checks dates?")
    assert visitor.get(address(tenant, first, "?state=open&q=dates")).status_code == 200
    for query in ("?state=resolved", "?q=cake", "?type=revision&id=7"):
        assert visitor.get(address(tenant, first, query)).status_code == 204


def test_strangers_and_other_projects_get_nothing(tenant: Tenant, visitor: Client) -> None:
    other = make_tenant(name="Elsewhere")
    first, theirs = say(tenant, "Ours"), say(other, "Theirs")
    assert sign_in(other.person).get(address(tenant, first)).status_code == 404
    assert visitor.get(address(tenant, theirs)).status_code == 404
    assert visitor.get(address(tenant, uuid4())).status_code == 404
    assert Client().get(address(tenant, first)).status_code == 302
    reader = sign_in(add_person(tenant, project_role="viewer"))
    words = reader.get(address(tenant, first)).content.decode()
    assert "Ours" in words
    assert "<form" not in words


def test_the_drawer_of_a_part_tells_of_its_talk_and_issues(visitor: Client) -> None:
    gates.wire()
    tenant = make_tenant(plan=small_plan())
    about = {"entity_type": "microstep", "entity_id": "m1.s1.ms1"}
    drawer = f"/projects/{tenant.project_id}/plan/items/m1.s1.ms1"
    reader = sign_in(tenant.person)
    page = reader.get(drawer).content.decode()
    assert "open thread" not in page
    assert "Issues elsewhere" not in page
    made = discussion.write_comment(tenant.actor, tenant.project_id, body="Why?", **about)
    discussion.link_issue(
        tenant.actor, tenant.project_id, provider="jira", title="Fix <it>", **about
    )
    page = reader.get(drawer).content.decode()
    assert "1 open thread<" in page
    assert "Fix &lt;it&gt;" in page
    assert "jira, pending: nothing was sent" in page
    discussion.resolve_comment(tenant.actor, made.id)
    assert "open thread" not in reader.get(drawer).content.decode()
    assert visitor.get(drawer).status_code == 404
