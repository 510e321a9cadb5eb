"""Signing up, in, out; forgotten passwords; other addresses: through the pages, with the mails."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.events.models import Event
from kits.mails import PASSWORD, Mails

pytestmark = pytest.mark.django_db


def told(person: identity.Person) -> list[str]:
    """The kinds of the events about a person, in order."""
    with tenant_scope(PLATFORM):
        return list(
            Event.objects.filter(subject=str(person.id))
            .order_by("id")
            .values_list("kind", flat=True)
        )


def fresh() -> str:
    return f"{uuid4().hex}@example.test"


def test_from_sign_up_to_a_new_password(mails: Mails, anybody: None) -> None:
    email = fresh()
    browser = Client()
    answer = browser.post(
        "/sign-up?next=/projects",
        {"name": "Grace Hopper", "email": email.upper(), "password1": PASSWORD},
    )
    assert (answer.status_code, answer["Location"]) == (303, "/sign-up/check-mail")
    assert "Check your mail" in browser.get("/sign-up/check-mail").content.decode()
    assert browser.get("/account/profile").status_code == 302
    link = mails.link(email)
    page = browser.get(link)
    assert email in page.content.decode()
    assert identity.find_person(email)
    assert browser.get("/account/profile").status_code == 302  # looking confirms nothing
    answer = browser.post(link)
    assert answer.status_code == 303
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
    chosen = {"password1": "another long secret", "password2": "another long secret"}
    assert other.post(answer["Location"], chosen)["Location"] == "/sign-in"
    assert browser.get("/account/profile").status_code == 302  # signed out by it
    assert other.post("/sign-in", {"login": email, "password": PASSWORD}).status_code == 422
    entered = other.post("/sign-in", {"login": email, "password": chosen["password1"]})
    assert entered["Location"] == "/projects"
    assert "no longer works" in Client().get(reset, follow=True).content.decode()
    assert any("password was changed" in one.subject for one in mails.to(email))
