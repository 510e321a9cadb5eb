"""How long a session holds, what it says of its person, and sessions in the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from buildrunner.server.config.authentication import credential_from_headers
from buildrunner.server.config.event_rights import judge
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.identity.models import BrowserSession
from buildrunner.server.platform.errors import NotSignedIn
from buildrunner.server.platform.events.emit import PLATFORM
from factories import Api, make_key, make_person
from kits.mails import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def cookie(browser: Client, **more: str) -> dict[str, str]:
    name = settings.SESSION_COOKIE_NAME
    return {"cookie": f"{name}={browser.cookies[name].value}", **more}


def leave(browser: Client, seconds: float) -> None:
    """As if nothing had come from this browser for a while."""
    digest = identity.session_digest(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    row = BrowserSession.objects.get(session_key=digest)
    gone = timedelta(seconds=seconds)
    row.last_seen_at -= gone
    row.expire_date -= gone
    row.save()


def inside(browser: Client) -> bool:
    return bool(browser.get("/account/profile").status_code == 200)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`held(seconds)`: the policy from now on."""

    def hold(seconds: int) -> None:
        policy = identity.SignInPolicy(session_seconds=seconds)
        monkeypatch.setattr(identity.sign_in_policy, "_answer", lambda person_id: policy)

    return hold


def test_a_session_lasts_as_long_as_it_is_used(
    sign_in: SignIn, held: Callable[[int], None]
) -> None:
    held(600)
    browser = sign_in(make_person(password=PASSWORD).email)
    for _ in range(4):
        leave(browser, 500)
        assert inside(browser)
    leave(browser, 601)
    assert not inside(browser)


def test_a_stricter_policy_ends_what_was_left_alone(
    sign_in: SignIn, held: Callable[[int], None]
) -> None:
    held(3600)
    browser = sign_in(make_person(password=PASSWORD).email)
    leave(browser, 400)
    held(300)
    assert not inside(browser)


def test_what_a_browser_asks_by_itself_keeps_no_session_alive(
    sign_in: SignIn, held: Callable[[int], None]
) -> None:
    held(600)
    browser = sign_in(make_person(password=PASSWORD).email)
    for _ in range(2):
        leave(browser, 250)
        assert credential_from_headers(cookie(browser))  # the event stream
        assert browser.get("/account/profile", headers={"BR-Live": "1"}).status_code == 200
    leave(browser, 250)
    assert credential_from_headers(cookie(browser)) is None
    assert not inside(browser)


def test_an_unused_form_is_not_kept_for_weeks() -> None:
    store = identity.SessionStore()
    store["x"] = 1
    store.save()
    row = BrowserSession.objects.get(session_key=identity.session_digest(str(store.session_key)))
    assert row.expire_date - row.last_seen_at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("scheme", "peer", "host", "secure"),
    [
        ("https", "203.0.113.9", "plans.example.org", True),
        ("http", "127.0.0.1", "localhost:8400", True),
        ("http", "::1", "[::1]:8400", True),
        ("http", "127.0.0.1", "plans.example.org", False),  # a proxy on this machine
        ("http", "203.0.113.9", "localhost", False),
        ("", "", "localhost", False),
    ],
)
def test_a_request_is_secure_over_tls_or_on_this_machine(
    scheme: str, peer: str, host: str, secure: bool
) -> None:
    browser = Client()
    browser.force_login(make_person())
    headers = cookie(browser, **{":scheme": scheme, ":peer": peer, "host": host})
    found = credential_from_headers(headers)
    assert found
    assert found.actor.secure is secure
    key = make_key(make_person())[1]
    by_key = credential_from_headers({**headers, "authorization": f"Bearer {key}"})
    assert by_key
    assert by_key.actor.secure is secure


def test_only_staff_at_a_browser_follows_what_happens_to_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "buildrunner.server.config.event_rights.close_old_connections", lambda: None
    )
    staff, person = make_person(), make_person()
    staff.is_staff = True
    staff.save()
    for one, sees in ((staff, True), (person, False)):
        browser = Client()
        browser.force_login(one)
        assert (PLATFORM in judge(cookie(browser), None).organizations) is sees
        key = make_key(one)[1]
        assert PLATFORM not in judge({"authorization": f"Bearer {key}"}, None).organizations
    with pytest.raises(NotSignedIn):
        judge({}, None)


def test_events_about_accounts_are_in_no_tenants_scope(tenant: Any) -> None:
    """Row-level security: neither without a scope nor in an organization's own."""
    from buildrunner.server.platform.db.scope import tenant_scope
    from buildrunner.server.platform.events.models import Event

    identity.rename_person(tenant.actor, name="Somebody")
    with tenant_scope(tenant.org_id):
        assert not Event.objects.filter(kind__startswith="account.").exists()
    with tenant_scope(PLATFORM):
        assert Event.objects.filter(kind="account.renamed").exists()
        assert not Event.objects.exclude(org_id=PLATFORM).exists()
    assert Api(tenant.key).get(f"/api/orgs/{PLATFORM}").status_code == 404


def test_the_api_lists_and_ends_sessions(sign_in: SignIn) -> None:
    person = make_person(password=PASSWORD)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here = Client(headers={"User-Agent": agent})
    here.post("/sign-in", {"login": person.email, "password": PASSWORD})
    others = [sign_in(person.email) for _ in range(3)]
    listed = here.get("/api/me/sessions").json()["items"]
    assert [one["browser"] for one in listed if one["current"]] == ["Firefox on Linux"]
    assert {one["address"] for one in listed} == {"127.0.0.1"}
    api = Api(make_key(person)[1])
    assert len(api.get("/api/me/sessions").json()["items"]) == 4
    victim = next(one["id"] for one in listed if not one["current"])
    assert Api(make_key(make_person())[1]).delete(f"/api/me/sessions/{victim}").status_code == 404
    assert api.delete(f"/api/me/sessions/{victim}").status_code == 204
    assert api.delete(f"/api/me/sessions/{victim}").status_code == 404
    assert here.delete("/api/me/sessions").json() == {"ended": 2}
    assert inside(here)
    assert not any(inside(other) for other in others)
    assert api.delete("/api/me/sessions").json() == {"ended": 1}


def test_the_api_changes_a_name_and_nothing_else() -> None:
    person = make_person(name="Ada")
    api = Api(make_key(person)[1])
    answer = api.patch("/api/me", {"name": "Ada Lovelace"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Ada Lovelace")
    for body in ({"name": ""}, {"name": "a\nb"}, {"name": "x", "is_staff": True}, {}):
        assert api.patch("/api/me", body).status_code == 422
    person.refresh_from_db()
    assert (person.name, person.is_staff) == ("Ada Lovelace", False)


def test_a_narrow_key_does_not_touch_the_account(tenant: Any) -> None:
    narrow = Api(make_key(tenant.person, scopes=["planner.write"])[1])
    bound = Api(make_key(tenant.person, org_id=tenant.org_id)[1])
    for api in (narrow, bound):
        for answer in (
            api.patch("/api/me", {"name": "x"}),
            api.get("/api/me/sessions"),
            api.delete("/api/me/sessions"),
            api.delete(f"/api/me/sessions/{'f' * 64}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "person_required")


def test_old_sessions_without_a_seal_are_signed_out() -> None:
    browser = Client()
    browser.force_login(make_person())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_browsersession SET session_data = 'eyJ4IjoxfQ:1:x'")
    assert not inside(browser)
