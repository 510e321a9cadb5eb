"""A browser at the account pages, and the mails it caused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from kits.mails import PASSWORD, Mails


@pytest.fixture(autouse=True)
def light_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["kits.passwords.LightArgon2"]


@pytest.fixture
def mails(db: None) -> Iterator[Mails]:
    mail.outbox.clear()
    with connection.cursor() as cursor:  # of tests that committed what they did
        cursor.execute("DELETE FROM pgqueuer WHERE entrypoint = 'identity.deliver_letter'")
    return Mails()


@pytest.fixture
def anybody(settings: Any) -> None:
    """Sign-up is open."""
    settings.BR_SIGN_UP = "OPEN"


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """`sign_in(email)`: a browser that went through the sign-in page."""

    def enter(email: str, password: str = PASSWORD) -> Client:
        client = Client()
        answer = client.post("/sign-in", {"login": email, "password": password})
        assert answer.status_code == 303, answer.content.decode()
        return client

    return enter
