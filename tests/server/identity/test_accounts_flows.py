"""Signing up, in, out; forgotten passwords; other addresses: through the pages, with the mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.events.models import Event
from factories import make_person
from kits.mails import PASSWORD, Mails

pytestmark = pytest.mark.django_db
ANOTHER = "another long secret"
NEW = {"password1": ANOTHER, "password2": ANOTHER}
SignIn = Callable[..., Client]


def told(person: identity.Person) -> list[str]:
    """The kinds of the events about a person, in order."""
    with tenant_scope(PLATFORM):
        found = Event.objects.filter(subject=str(person.id)).order_by("id")
        return list(found.values_list("kind", flat=True))


def fresh() -> str:
    return f"{uuid4().hex}@example.test"


def wishes(email: str, password: str = PASSWORD) -> dict[str, str]:
    return {"name": "Grace Hopper", "email": email, "password1": password}


def shown(answer: HttpResponse) -> str:
    """A page without what differs between any two of them."""
    text = re.sub(r"[\w.]+@example\.test", "…", answer.content.decode())
    return re.sub(r"[\w-]{32,}", "…", text)


def test_from_sign_up_to_a_new_password(mails: Mails, anybody: None) -> None:
    email = fresh()
    browser = Client()
    answer = browser.post("/sign-up?next=/projects", wishes(email.upper()))
    assert (answer.status_code, answer["Location"]) == (303, "/sign-up/check-mail")
    assert "Check your mail" in browser.get("/sign-up/check-mail").content.decode()
    assert browser.get("/account/profile").status_code == 302
    link = mails.link(email)
    assert email in browser.get(link).content.decode()
    assert browser.get("/account/profile").status_code == 302  # looking confirms nothing
    assert browser.post(link)["Location"] == "/projects"
    assert "Grace Hopper" in browser.get("/account/profile").content.decode()
    person = identity.find_person(email)
    assert person
    assert person.password.startswith("argon2$argon2id$")
    assert told(person) == ["account.created", "account.email_verified", "account.signed_in"]
    assert "This link no longer works" in Client().get(link).content.decode()

    other = Client()
    assert other.post("/sign-in/forgotten", {"email": email}).status_code == 303
    reset = mails.link(email)
    answer = other.get(reset)
    assert answer.status_code == 302
    assert reset not in answer["Location"]
    assert other.post(answer["Location"], NEW)["Location"] == "/sign-in"
    assert browser.get("/account/profile").status_code == 302  # signed out by it
    assert other.post("/sign-in", {"login": email, "password": PASSWORD}).status_code == 422
    assert other.post("/sign-in", {"login": email, "password": ANOTHER})["Location"] == "/projects"
    assert "no longer works" in Client().get(reset, follow=True).content.decode()
    assert any("password was changed" in one.subject for one in mails.to(email))
    assert told(person)[3:] == [
        "account.password_changed",
        "account.sessions_revoked",
        "account.signed_in",
    ]


def test_confirming_elsewhere_confirms_but_lets_nobody_in(mails: Mails, anybody: None) -> None:
    email = fresh()
    Client().post("/sign-up", wishes(email))
    elsewhere = Client()
    assert elsewhere.post(mails.link(email))["Location"] == "/sign-in"
    assert elsewhere.get("/account/profile").status_code == 302
    assert elsewhere.post("/sign-in", {"login": email, "password": PASSWORD}).status_code == 303


def test_before_it_is_confirmed_an_account_is_no_different_from_a_wrong_password(
    mails: Mails, anybody: None
) -> None:
    """Else signing up and then in would tell whether an address had an account before."""
    known, unknown = make_person(password=ANOTHER).email, fresh()
    answers = []
    for email in (known, unknown):
        Client().post("/sign-up", wishes(email))
        answers.append(Client().post("/sign-in", {"login": email, "password": PASSWORD}))
    assert [answer.status_code for answer in answers] == [422, 422]
    assert shown(answers[0]) == shown(answers[1])


def test_who_signs_up_and_who_forgets_learns_nothing_of_accounts(
    mails: Mails, anybody: None
) -> None:
    known, unknown = make_person(password=PASSWORD).email, fresh()
    for path, form in (("/sign-up", wishes), ("/sign-in/forgotten", lambda e: {"email": e})):
        answers = [Client().post(path, form(email)) for email in (known, unknown)]
        for header in ("Location", "Cache-Control", "Content-Type"):
            assert answers[0].get(header) == answers[1].get(header)
        assert answers[0].status_code == answers[1].status_code == 303
        assert set(answers[0].cookies) == set(answers[1].cookies)
        pages = [Client().get(answer["Location"]) for answer in answers]
        assert shown(pages[0]) == shown(pages[1])
    assert [one.subject for one in mails.to(known)] == [
        "You already have an account",
        "Choose a new password",
    ]
    assert [one.subject for one in mails.to(unknown)] == ["Confirm your address"] * 1 + [
        "Choose a new password"
    ]
    stranger = fresh()
    Client().post("/sign-in/forgotten", {"email": stranger})
    assert mails.to(stranger) == []  # nobody is written to who has no account


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/sign-in/forgotten"])
def test_known_and_unknown_addresses_cost_the_same_work(
    path: str, mails: Mails, anybody: None, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

    def cost(email: str, number: int) -> float:
        form = {"login": email, "password": "wrong", **wishes(email)}
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        started = perf_counter()
        assert client.post(path, form).status_code in (303, 422)
        return perf_counter() - started

    known = [make_person(password=PASSWORD).email for _ in range(7)]
    for number in range(2):
        cost(fresh(), number)
    times = [(cost(email, n), cost(fresh(), n)) for n, email in enumerate(known)]
    ratio = median(one for one, _ in times) / median(other for _, other in times)
    assert 0.5 < ratio < 2, f"{path}: {ratio:.2f}"


@pytest.mark.parametrize(
    ("setting", "invited", "made"),
    [
        ("OPEN", False, True),
        ("INVITE", True, True),
        ("INVITE", False, False),
        ("CLOSED", True, False),
    ],
)
def test_who_may_sign_up(
    mails: Mails,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    invited: bool,
    made: bool,
) -> None:
    settings.BR_SIGN_UP = setting
    monkeypatch.setattr(identity.sign_up_invited, "_answer", lambda email: invited)
    email = fresh()
    answer = Client().post("/sign-up", wishes(email))
    assert (identity.find_person(email) is not None) is made
    assert answer.status_code == (403 if setting == "CLOSED" else 303)
    assert ("Sign up" in Client().get("/sign-in").content.decode()) == (setting != "CLOSED")
    assert len(mails.to(email)) == made


@pytest.mark.parametrize("weak", ["short", "password1234", "Grace Hopper1", "x" * 2000])
def test_weak_passwords_are_refused_beside_the_field(anybody: None, weak: str) -> None:
    answer = Client().post("/sign-up", wishes("grace.hopper@example.test", weak))
    assert answer.status_code == 422
    assert 'id="password1-error"' in answer.content.decode()


def test_an_address_changes_when_the_new_one_is_confirmed(mails: Mails, sign_in: SignIn) -> None:
    person = make_person(password=PASSWORD)
    old, new = person.email, fresh()
    browser = sign_in(old)
    asked = browser.post("/account/profile/email", {"email": new, "action_add": "1"})
    assert asked["Location"].startswith("/account/security/confirm")
    answer = browser.post(
        "/account/security/confirm", {"password": PASSWORD, "next": "/account/profile/email"}
    )
    assert answer.status_code == 303
    assert identity.find_person(old) == person
    assert new in browser.get("/account/profile/email").content.decode()
    browser.post(mails.link(new))
    person.refresh_from_db()
    assert person.email == new
    assert identity.find_person(old) is None
    assert [one.subject for one in mails.to(old)] == ["Your address was changed"]
    assert told(person)[-1] == "account.email_changed"
    assert Client().post("/sign-in", {"login": old, "password": PASSWORD}).status_code == 422
    sign_in(new)


def test_the_address_of_another_account_cannot_be_taken(mails: Mails, sign_in: SignIn) -> None:
    victim = make_person(password=ANOTHER)
    browser = sign_in(make_person(password=PASSWORD).email)
    browser.post("/account/profile/email", {"email": victim.email, "action_add": "1"})
    answer = browser.post(
        "/account/security/confirm", {"password": PASSWORD, "next": "/account/profile/email"}
    )
    assert answer.status_code == 303  # tells nothing
    page = browser.get(mails.link(victim.email))
    assert "has an account" in page.content.decode()
    browser.post(mails.link(victim.email))
    assert identity.find_person(victim.email) == victim


def test_the_first_password_of_who_came_by_a_link(mails: Mails) -> None:
    person = make_person()
    browser = Client()
    browser.force_login(person)
    assert "You have none" in browser.get("/account/security").content.decode()
    assert browser.get("/account/security/password")["Location"].endswith("/password/set")
    assert browser.post("/account/security/password/set", NEW)["Location"] == "/account/security"
    assert browser.get("/account/security").status_code == 200  # stays signed in
    assert (
        Client().post("/sign-in", {"login": person.email, "password": ANOTHER}).status_code == 303
    )
    assert "account.password_changed" in told(person)
    assert [one.subject for one in mails.to(person.email)] == ["A password was set"]


def test_a_changed_password_signs_the_others_out(sign_in: SignIn, mails: Mails) -> None:
    person = make_person(password=PASSWORD)
    here, there = sign_in(person.email), sign_in(person.email)
    path = "/account/security/password"
    for wrong in ({"oldpassword": "no", **NEW}, {"oldpassword": PASSWORD, **NEW, "password2": "x"}):
        assert here.post(path, wrong).status_code == 422
    assert here.post(path, {"oldpassword": PASSWORD, **NEW}).status_code == 303
    assert here.get("/account/profile").status_code == 200
    assert there.get("/account/profile").status_code == 302
    assert len(identity.sessions_of(person.id)) == 1


def test_sessions_are_listed_and_ended(sign_in: SignIn) -> None:
    person = make_person(password=PASSWORD)
    browsers = [sign_in(person.email) for _ in range(3)]
    page = browsers[0].get("/account/sessions").content.decode()
    assert page.count('name="session"') == 3
    assert page.count("This one") == 1
    here = identity.session_digest(str(browsers[0].session.session_key))
    other = identity.session_digest(str(browsers[1].session.session_key))
    stranger = sign_in(make_person(password=PASSWORD).email)
    assert stranger.post("/account/sessions/revoke", {"session": other}).status_code == 404
    assert browsers[0].post("/account/sessions/revoke", {"session": other}).status_code == 303
    assert browsers[1].get("/account/profile").status_code == 302
    assert browsers[0].post("/account/sessions/revoke").status_code == 303
    assert [view.digest for view in identity.sessions_of(person.id)] == [here]
    assert told(person)[-2:] == ["account.session_revoked", "account.sessions_revoked"]
    ended = browsers[0].post("/account/sessions/revoke", {"session": here})
    assert ended["Location"] == "/sign-in"


def test_a_name_is_changed_by_the_page(sign_in: SignIn) -> None:
    person = make_person(password=PASSWORD)
    browser = sign_in(person.email)
    assert browser.post("/account/profile", {"name": "  Ada Lovelace "}).status_code == 303
    person.refresh_from_db()
    assert person.name == "Ada Lovelace"
    assert told(person)[-1] == "account.renamed"
    for wrong in ("", "x" * 121, "a\nb"):
        assert browser.post("/account/profile", {"name": wrong}).status_code == 422
    person.refresh_from_db()
    assert person.name == "Ada Lovelace"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
@pytest.mark.parametrize(
    "wanted", ["https://evil.test/", "//evil.test", "/\\evil.test", "http://localhost:9/evil"]
)
def test_nobody_is_led_to_another_site(
    mails: Mails, anybody: None, sign_in: SignIn, path: str, wanted: str
) -> None:
    email = make_person(password=PASSWORD).email
    assert "evil" not in Client().get(path, {"next": wanted}).content.decode()
    answer = Client().post(
        path, {"login": email, "password": PASSWORD, "next": wanted, **wishes(fresh())}
    )
    assert answer.status_code == 303
    assert "evil" not in answer["Location"]
    browser = sign_in(email)
    assert "evil" not in browser.get(path, {"next": wanted})["Location"]
    assert "evil" not in browser.post("/sign-out", {"next": wanted})["Location"]


def test_mails_name_the_server_by_its_own_address(mails: Mails, settings: Any) -> None:
    settings.BR_PUBLIC_URL = "https://plans.example.org"
    email = make_person(password=PASSWORD).email
    Client(headers={"Host": "127.0.0.1"}).post("/sign-in/forgotten", {"email": email})
    (letter,) = mails.to(email)
    assert "https://plans.example.org/sign-in/forgotten/" in str(letter.body)
    assert "127.0.0.1" not in str(letter.body)
    html = str(letter.alternatives[0][0])
    assert "<a href=" in html
    assert "src=" not in html


def test_only_the_staff_reads_the_outbox(settings: Any, mails: Mails) -> None:
    settings.EMAIL_BACKEND = "buildrunner.server.domains.identity.actions.keep_outbox.EmailBackend"
    staff, person = make_person(), make_person(password=PASSWORD)
    staff.is_staff = True
    staff.save()
    Client().post("/sign-in/forgotten", {"email": person.email})
    mails.arrive()
    for one, status in ((staff, 200), (person, 404)):
        browser = Client()
        browser.force_login(one)
        answer = browser.get("/outbox")
        assert answer.status_code == status
        assert ('<a href="http' in answer.content.decode()) == (status == 200)
    assert Client().get("/outbox").status_code == 302
    from buildrunner.server.domains.identity.models import OutboxMessage

    assert "sign-in" not in OutboxMessage.objects.get().body
