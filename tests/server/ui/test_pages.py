"""Signing in, the device page, projects, keys and the gallery, as a browser without scripts."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM
from factories import add_person, make_person, make_project
from kits.visitor import sign_in

PASSWORD = "correct horse battery staple"


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def person(db) -> identity.Person:
    return make_person(email="maya@example.test", name="Maya", password=PASSWORD)


def enter(client: Client, **values: str):
    given = {"login": "maya@example.test", "password": PASSWORD, **values}
    return client.post("/sign-in", given)


def test_email_and_password_lead_to_where_the_visitor_wanted_to_go(client, person) -> None:
    assert "one-time sign-in link" in text_of(client.get("/sign-in"))
    response = enter(client, login=" Maya@Example.test ", next="/settings/keys")
    assert (response.status_code, response["Location"]) == (303, "/settings/keys")
    assert client.get("/settings/keys").status_code == 200
    assert client.get("/sign-in")["Location"] == "/projects"


def test_a_wrong_password_keeps_the_email_and_tells_nothing_of_accounts(client, person) -> None:
    wrong = enter(client, password="no")
    unknown = enter(client, login="nobody@example.test", password="no")
    assert wrong.status_code == unknown.status_code == 422
    assert 'value="maya@example.test"' in text_of(wrong)
    words = re.search(r'role="alert"[^>]*>(.*?)</div></div>', text_of(wrong), re.DOTALL)
    assert words is not None
    assert words[1] in text_of(unknown)
    assert 'value="no"' not in text_of(wrong)


def test_guessing_is_slowed_down_in_words(client, person) -> None:
    answers = [enter(client, password="no").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert "Too many attempts" in text_of(enter(client))


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "evil",
        "/%0d%0ax:",
    ],
)
def test_no_address_of_another_site_is_followed(client, person, wanted) -> None:
    location = enter(client, next=wanted)["Location"]
    assert location.startswith("/")
    assert not re.match(r"/[/\\]", location)
    assert "evil" not in location


def test_looking_at_a_link_does_not_use_it_up(client, person) -> None:
    token = identity.issue_sign_in_link(person, actor=SYSTEM, ttl=timedelta(minutes=5))
    path = f"/sign-in/link/{token}"
    for _ in range(3):
        seen = Client().get(path)
        assert seen.status_code == 200
        assert seen["Referrer-Policy"] == "same-origin"
        assert "no-store" in seen["Cache-Control"]
    assert client.head(path).status_code in (200, 405)
    response = client.post(path)
    assert (response.status_code, response["Location"]) == (303, "/projects")
    assert client.get("/projects").status_code == 200
    again = Client(raise_request_exception=False).post(path)
    assert again.status_code == 410
    assert "no longer works" in text_of(again)


def test_signing_out_takes_a_post(client, person) -> None:
    client.force_login(person)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/projects").status_code == 302


@pytest.mark.parametrize(("answer", "state"), [("approve", "approved"), ("deny", "access_denied")])
def test_a_terminal_is_let_in_or_turned_away(visitor, answer, state) -> None:
    start = identity.start_device_grant(client_name="br on <laptop>", address="127.0.0.1")
    page = text_of(visitor.get(f"/device?user_code={start.user_code.lower()}"))
    assert "br on &lt;laptop&gt;" in page
    assert start.user_code in page
    done = visitor.post("/device", {"user_code": start.user_code, "answer": answer})
    assert done.status_code == 200
    assert identity.poll_device_grant(start.device_code).state == state
    again = visitor.post("/device", {"user_code": start.user_code, "answer": answer})
    assert again.status_code == 404
    assert "answered already" in text_of(again)


def test_a_code_is_asked_for_and_a_wrong_one_stays_in_the_field(visitor) -> None:
    assert "Eight letters" in text_of(visitor.get("/device"))
    wrong = visitor.post("/device", {"user_code": "BBBB-BBBB"})
    assert wrong.status_code == 404
    assert 'value="BBBB-BBBB"' in text_of(wrong)
    assert "Type the code" in text_of(visitor.post("/device", {}))


def test_a_terminal_waits_for_somebody_who_signs_in_first(client, db) -> None:
    response = client.get("/device?user_code=BCDF-GHJK")
    assert response["Location"] == "/sign-in?next=%2Fdevice%3Fuser_code%3DBCDF-GHJK"


def test_the_start_leads_to_projects(visitor, client, db) -> None:
    assert visitor.get("/")["Location"] == "/projects"
    assert client.get("/")["Location"] == "/sign-in"


def test_projects_show_their_progress(visitor, owner, plan) -> None:
    make_project(owner.person, org_id=owner.org_id, title="Untouched")
    first = text_of(visitor.get("/projects"))
    assert "No plan pushed yet" in first
    fragment = text_of(visitor.get(f"/projects/{owner.project_id}/progress"))
    assert "of 66 done" in fragment
    # Once it was read, the list holds it.
    assert "of 66 done" in text_of(visitor.get("/projects"))


def test_the_first_visit_teaches_the_next_step(db) -> None:
    text = text_of(sign_in(make_person()).get("/projects"))
    assert "Start with a project" in text
    assert "br init" in text


def test_a_long_list_has_older_pages(visitor, owner) -> None:
    for number in range(51):
        make_project(owner.person, org_id=owner.org_id, title=f"Project {number}")
    text = text_of(visitor.get("/projects"))
    assert text.count('class="project-line"') == 50
    older = re.search(r'href="(/projects\?before=[^"]+)"', text)[1]
    assert text_of(visitor.get(older)).count('class="project-line"') == 2
    assert visitor.get("/projects?before=rubbish").status_code == 200


def test_a_project_is_made(visitor, owner) -> None:
    made = visitor.post("/projects/new", {"title": "  A   new one "})
    assert made.status_code == 303
    assert "A new one" in text_of(visitor.get(made["Location"]))
    for title, words in (("", "Give the project a title"), ("x" * 201, "at most 200")):
        refused = visitor.post("/projects/new", {"title": title})
        assert refused.status_code == 422
        assert words in text_of(refused)


def test_a_project_is_not_made_where_one_does_not_belong(visitor, db) -> None:
    elsewhere = make_person()
    org = tenancy.create_organization(tenancy.actor_for_person(elsewhere), name="Elsewhere")
    refused = visitor.post("/projects/new", {"title": "Mine", "org_id": str(org.id)})
    assert refused.status_code == 404


def test_a_key_is_shown_once_and_works_until_it_is_revoked(visitor, owner, as_key) -> None:
    form = {"name": "build server", "scopes": ["planner.read"], "owner": "", "days": "30"}
    made = visitor.post("/settings/keys", form)
    secret = re.search(r"br_[\w-]{20,}", text_of(made))[0]
    assert "no-store" in made["Cache-Control"]
    assert as_key(secret).get("/api/me").status_code == 200
    later = text_of(visitor.get("/settings/keys"))
    assert secret not in later
    assert "build server" in later
    revoke = re.findall(r'action="(/settings/keys/[^"]+/revoke)"', later)[0]
    assert visitor.post(revoke)["Location"] == "/settings/keys"
    assert as_key(secret).get("/api/me").status_code == 401
    assert visitor.post(revoke).status_code == 404


def test_a_key_of_an_organization_is_for_those_who_manage_it(visitor, owner, as_key) -> None:
    org = str(owner.org_id)
    form = {"name": "night shift", "scopes": ["*"], "owner": org, "days": "0"}
    secret = re.search(r"br_[\w-]{20,}", text_of(visitor.post("/settings/keys", form)))[0]
    assert as_key(secret).get("/api/me").json()["organizations"][0]["id"] == org
    member = sign_in(add_person(owner))
    refused = member.post("/settings/keys", form)
    assert refused.status_code == 422
    assert "an organization you manage" in text_of(refused)
    assert "night shift" not in text_of(member.get("/settings/keys"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "scopes": ["*"]}, "a name of 1 to 100"),
        ({"name": "x", "scopes": []}, "at least one scope"),
        ({"name": "x", "scopes": ["root"]}, "Unknown scope root"),
    ],
)
def test_a_wrong_form_for_a_key_says_what_is_wrong(visitor, form, words) -> None:
    refused = visitor.post("/settings/keys", {"days": "30", **form})
    assert refused.status_code == 422
    assert words in text_of(refused)


def test_the_gallery_shows_every_component(visitor) -> None:
    text = text_of(visitor.get("/design"))
    for words in ("Colour", "Status", "Button", "Field", "Banner", "Empty state"):
        assert f">{words}<" in text
    assert Client().get("/design").status_code == 302


def test_errors_are_pages_with_a_way_on_and_the_request(visitor) -> None:
    response = visitor.get("/nowhere")
    assert response.status_code == 404
    assert response["X-Request-ID"] in text_of(response)
    assert 'href="/projects"' in text_of(response)


def test_the_theme_is_drawn_by_the_server(visitor) -> None:
    assert "data-theme" not in re.search(r"<html[^>]*>", text_of(visitor.get("/projects")))[0]
    visitor.cookies["buildrunner_theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in text_of(visitor.get("/projects"))
    visitor.cookies["buildrunner_theme"] = '"><script>'
    assert "<script>" not in text_of(visitor.get("/projects")).split("<body")[0]
