"""Email and password."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.hashers import make_password

from buildrunner.server.domains.identity.actions.slow_down import forgive, slow_down
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.rules import normal_email

ATTEMPTS = 5
WINDOW = timedelta(minutes=15)
# Against many machines guessing at one account, and one machine guessing at many.
ATTEMPTS_PER_ACCOUNT = 50
ATTEMPTS_PER_ADDRESS = 100
LONGEST = 1024


def authenticate(email: str, password: str, *, address: str = "") -> Person | None:
    """The person of an email and password, or `None`; an unknown email costs the same work.

    `address` is where the attempt came from. Raises `TooManyRequests` after five wrong attempts in
    a quarter of an hour, whether or not the account exists.
    """
    email = normal_email(email)
    slow_down("sign-in at", address, limit=ATTEMPTS_PER_ADDRESS, window=WINDOW)
    slow_down("sign-in to", email, limit=ATTEMPTS_PER_ACCOUNT, window=WINDOW)
    slow_down("sign-in", f"{email}\n{address}", limit=ATTEMPTS, window=WINDOW)
    password = password[:LONGEST]
    person = None if "\x00" in email else Person.objects.filter(email=email).first()
    if person is None:
        make_password(password)
        return None
    if not person.check_password(password) or not person.is_active:
        return None
    forgive("sign-in", f"{email}\n{address}")
    return person
