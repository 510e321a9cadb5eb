"""A new account."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.rules import normal_email
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.text import one_line

LONGEST_NAME = 120


def create_person(
    *,
    email: str,
    name: str = "",
    password: str | None = None,
    is_staff: bool = False,
    actor: Actor = SYSTEM,
) -> Person:
    """Make an account whose address is known to be right; without a password it is entered by
    links only. People who sign up by themselves come through allauth.

    Raises `Invalid` for what is no address and `Conflict` for one that is taken.
    """
    from allauth.account.models import EmailAddress

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
            EmailAddress.objects.create(user=person, email=address, primary=True, verified=True)
            events.record(events.ACCOUNT_CREATED, person.id, actor=actor)
    except IntegrityError:
        raise Conflict(f"{address} already has an account.", code="email_taken") from None
    return person
