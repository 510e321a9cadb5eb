"""Only our pages, in our frame: nothing of allauth's own templates, addresses or JSON is reachable."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import Client
from django.urls import get_resolver

from factories import make_person
from factories.addresses import patterns

SIGNED_OUT = (
    "/sign-in",
    "/sign-in/forgotten",
    "/sign-in/forgotten/sent",
    "/sign-in/forgotten/1-x",
    "/sign-in/closed",
    "/sign-up",
    "/sign-up/check-mail",
    "/sign-up/confirm/x",
)
SIGNED_IN = (
    "/account/profile",
    "/account/profile/email",
    "/account/security",
    "/account/security/password/set",
    "/account/security/app",
    "/account/security/passkeys/add",
    "/account/security/delete",
    "/account/sessions",
)


@pytest.fixture
def visitor(db: None) -> Client:
    client = Client()
    client.force_login(make_person(name="<b>Ada</b>"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("path", SIGNED_OUT)
def test_pages_outside_are_ours(path: str, settings: Any) -> None:
    settings.BR_SIGN_UP = "OPEN"
    answer = Client().get(path)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="plain-main"' in text
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(r"<script(?![^>]* src=)", text)


@pytest.mark.parametrize("path", SIGNED_IN)
def test_pages_inside_are_ours_and_closed_to_others(visitor: Client, path: str) -> None:
    answer = visitor.get(path)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="content"' in text
    assert "<b>Ada" not in text
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(r"<script(?![^>]* src=)", text)
    outside = Client().get(path)
    assert outside.status_code == 302
    assert outside["Location"].startswith("/sign-in")


@pytest.mark.django_db
@pytest.mark.parametrize("path", SIGNED_OUT)
def test_no_page_answers_in_json(path: str) -> None:
    for headers in ({"Accept": "application/json"}, {"X-Requested-With": "XMLHttpRequest"}):
        answer = Client().get(path, headers=headers)
        assert answer["Content-Type"].startswith("text/html")


def test_allauth_brings_no_templates() -> None:
    assert not apps.is_installed("allauth")
    for name in (
        "account/login.html",
        "mfa/index.html",
        "account/email/password_reset_message.txt",
    ):
        with pytest.raises(TemplateDoesNotExist):
            get_template(name)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/login/", "/account/email/", "/sign-in/code", "/account/logout/"],
)
def test_addresses_of_allauth_are_absent(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_every_page_of_allauth_is_told() -> None:
    """Each stands behind the wrapper that runs a form in one transaction and emits its events."""
    named = [
        (route, entry)
        for route, entry in patterns(get_resolver())
        if str(entry.name or "").startswith(("account_", "mfa_"))
    ]
    assert len(named) > 20
    for route, entry in named:
        assert entry.callback.__globals__["__name__"].startswith("django.views.decorators"), route
        inner: Any = entry.callback
        while hasattr(inner, "__wrapped__"):
            if inner.__code__.co_name == "handle":
                break
            inner = inner.__wrapped__
        assert inner.__code__.co_filename.endswith("identity/web/engine.py"), route
