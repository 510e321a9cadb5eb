"""Authenticator apps, recovery codes and what asks for them, through the pages.

Passkeys need a browser: tests/e2e/test_accounts.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from buildrunner.server.config.authentication import credential_from_headers
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.events.models import Event
from factories import make_person
from kits.mails import PASSWORD, Mails
from kits.totp import code

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
AGAIN = "/account/security/confirm"
APP = "/account/security/app"
FACTOR = "/sign-in/second-factor"


def confirmed(browser: Client) -> Client:
    """The password was just given once more."""
    assert browser.post(AGAIN, {"password": PASSWORD}).status_code == 303
    return browser


def set_up(browser: Client) -> tuple[str, list[str]]:
    """An app for whoever is signed in: its secret, and the recovery codes."""
    page = browser.get(APP).content.decode()
    found = re.search(r"data-copy-source>([A-Z2-7]{32})<", page)
    assert found, page
    answer = browser.post(APP, {"code": code(found[1])})
    assert answer["Location"] == "/account/security/codes"
    shown = browser.get(answer["Location"]).content.decode()
    return found[1], re.findall(r'<li class="mono">(\d{8})</li>', shown)


def actor_of(browser: Client) -> Any:
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    found = credential_from_headers({"cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    return found.actor if found else None


def told(person: identity.Person) -> list[tuple[str, Any]]:
    with tenant_scope(PLATFORM):
        found = Event.objects.filter(subject=str(person.id)).order_by("id")
        return [(one.kind, one.data.get("factor") or one.data.get("by")) for one in found]


@pytest.fixture
def person() -> identity.Person:
    return make_person(password=PASSWORD)


@pytest.fixture
def own(person: identity.Person, sign_in: SignIn) -> Client:
    return confirmed(sign_in(person.email))


def half_way(person: identity.Person) -> Client:
    """The password was right, the code is waited for."""
    client = Client()
    answer = client.post(
        "/sign-in", {"login": person.email, "password": PASSWORD, "next": "/device"}
    )
    assert answer["Location"] == FACTOR
    assert client.get("/account/profile").status_code == 302
    return client


def test_what_changes_the_account_asks_who_is_there(
    sign_in: SignIn, person: identity.Person
) -> None:
    browser = sign_in(person.email)
    for path in (APP, "/account/security/passkeys/add"):
        answer = browser.get(path)
        assert answer["Location"] == f"{AGAIN}?next={path.replace('/', '%2F')}"
    assert browser.post(AGAIN, {"password": "wrong", "next": APP}).status_code == 422
    answer = browser.post(AGAIN, {"password": PASSWORD, "next": APP})
    assert answer["Location"] == APP
    assert browser.get(APP).status_code == 200
    outside = browser.post(AGAIN, {"password": PASSWORD, "next": "https://evil.test/"})
    assert "evil" not in outside["Location"]


def test_an_app_is_set_up_asked_for_and_removed(
    own: Client,
    person: identity.Person,
    mails: Mails,
    django_capture_on_commit_callbacks: Any,
) -> None:
    assert own.post(APP, {"code": "000000"}).status_code == 422
    assert actor_of(own).second_factor is False
    with django_capture_on_commit_callbacks(execute=True):
        secret, codes = set_up(own)
    assert len(set(codes)) == 10
    assert actor_of(own).second_factor is True  # it was just shown to work
    assert "Two-factor sign-in is on" in [one.subject for one in mails.to(person.email)]

    entering = half_way(person)
    assert entering.post(FACTOR, {"code": "000000"}).status_code == 422
    answer = entering.post(FACTOR, {"code": code(secret, 1)})
    assert answer["Location"] == "/device"
    assert actor_of(entering).second_factor is True
    replay = half_way(person)
    with connection.cursor() as cursor:  # allauth's own note of it, which is gone after a period
        cursor.execute("DELETE FROM identity_cacheentry WHERE key LIKE '%%totp.used%%'")
        assert cursor.rowcount
    assert replay.post(FACTOR, {"code": code(secret, 1)}).status_code == 422  # works once

    assert own.post(f"{APP}/remove").status_code == 303
    assert told(person)[1:] == [
        ("account.signed_in", ["password"]),
        ("account.factor_added", "totp"),
        ("account.factor_added", "recovery_codes"),
        ("account.signed_in", ["password", "totp"]),
        ("account.factor_removed", "totp"),
        ("account.factor_removed", "recovery_codes"),
    ]


def test_a_recovery_code_opens_once(own: Client, person: identity.Person) -> None:
    _, codes = set_up(own)
    assert half_way(person).post(FACTOR, {"code": codes[0]}).status_code == 303
    assert half_way(person).post(FACTOR, {"code": codes[0]}).status_code == 422
    assert half_way(person).post(FACTOR, {"code": codes[1]}).status_code == 303
    assert "8 of 10 left" in own.get("/account/security").content.decode()
    file = own.get("/account/security/codes/file")
    assert "attachment" in file["Content-Disposition"]
    assert file.content.decode().split() == codes[2:]
    assert own.post("/account/security/codes/new").status_code == 303
    assert half_way(person).post(FACTOR, {"code": codes[2]}).status_code == 422


def test_secrets_are_sealed_at_rest(own: Client) -> None:
    def kept(table: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            return str(cursor.fetchall())

    page = own.get(APP).content.decode()
    pending = re.search(r"data-copy-source>([A-Z2-7]{32})<", page)
    assert pending
    assert pending[1] not in kept("identity_browsersession")  # where it waits
    secret, codes = set_up(own)
    rows = kept("mfa_authenticator")
    assert secret not in rows
    assert not any(one in rows for one in codes)
    assert rows.count('"v1.') == 2


def test_codes_are_guessed_no_faster_than_the_policy_allows(
    own: Client, person: identity.Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = set_up(own)
    policy = identity.SignInPolicy(attempts=3)
    monkeypatch.setattr(identity.sign_in_policy, "_answer", lambda person_id: policy)
    entering = half_way(person)
    answers = [entering.post(FACTOR, {"code": "000000"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 900
    assert f"Try again in {answers[-1]['Retry-After']} seconds" in answers[-1].content.decode()
    assert half_way(person).post(FACTOR, {"code": code(secret, 1)}).status_code == 429


def test_who_has_to_have_one_is_led_there_and_keeps_it(
    person: identity.Person, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn
) -> None:
    policy = identity.SignInPolicy(second_factor=True)
    monkeypatch.setattr(identity.sign_in_policy, "_answer", lambda person_id: policy)
    browser = Client()
    answer = browser.post("/sign-in", {"login": person.email, "password": PASSWORD})
    assert answer["Location"] == "/account/security"
    assert "asks for a second factor" in browser.get(answer["Location"]).content.decode()
    set_up(confirmed(browser))
    assert browser.post(f"{APP}/remove").status_code == 422
    assert "add another one before" in browser.get(f"{APP}/remove").content.decode()


def test_a_second_factor_of_one_person_is_not_anothers(
    own: Client, person: identity.Person, sign_in: SignIn
) -> None:
    """A session in which somebody else signs in begins anew."""
    set_up(own)
    assert actor_of(own).second_factor is True
    other = make_person()
    own.force_login(other)
    assert actor_of(own).person_id == other.id
    assert actor_of(own).second_factor is False


@pytest.mark.parametrize("path", ["/sign-in/passkey", FACTOR])
def test_invented_passkeys_open_nothing(person: identity.Person, path: str) -> None:
    for credential in ("", "{}", "[]", '"x"', '{"response":{"userHandle":"AA"}}', "{" * 50):
        answer = Client().post(path, {"credential": credential})
        assert answer.status_code in (302, 303, 422)
        assert Client().get("/account/profile").status_code == 302


def test_the_passkey_page_hands_out_a_challenge_and_no_names(person: identity.Person) -> None:
    answer = Client().get("/sign-in/passkey", headers={"Accept": "application/json"})
    options = answer.json()["request_options"]["publicKey"]
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"
    assert not options.get("allowCredentials")
