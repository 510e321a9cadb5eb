"""A new account."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.rules import normal_email
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.text import one_line

LONGEST_NAME = 120


def create_person(
    *, email: str, name: str = "", password: str | None = None, is_staff: bool = False
) -> Person:
    """Make an account; without a password it is entered by links only.

    Raises `Invalid` for what is no address and `Conflict` for one that is taken.
    """
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(f"{email!r} is not an email address.", code="email_invalid") from None
    name = one_line(name.strip() or address.partition("@")[0], "name", LONGEST_NAME)
    person = Person(email=address, name=name, is_staff=is_staff)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise Conflict(f"{address} already has an account.", code="email_taken") from None
    return person
