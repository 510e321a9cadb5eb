"""A person's password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db import transaction

from buildrunner.server.domains.identity.actions.authenticate import LONGEST, WINDOW
from buildrunner.server.domains.identity.actions.revoke_sessions import revoke_all_sessions
from buildrunner.server.domains.identity.actions.slow_down import slow_down
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, Invalid

# NIST SP 800-63B, 3.1.1.2: length and no known passwords; no rules on kinds of characters.
SHORTEST = 10
GUESSES = 10


def set_password(
    actor: Actor, *, new: str, current: str = "", keep_session: str | None = None
) -> Person:
    """Set the actor's own password; whoever has one must give it as `current`.

    Every other browser is signed out; `keep_session` is the digest of the one that stays. Raises
    `Forbidden` to keys, `Invalid` (with the extension `field`) for a wrong or weak password.
    """
    if actor.kind != "person" or actor.person_id is None:
        raise Forbidden("Only a person at a browser can set a password.", code="person_required")
    slow_down("password of", str(actor.person_id), limit=GUESSES, window=WINDOW)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(id=actor.person_id)
        if person.has_usable_password() and not person.check_password(current[:LONGEST]):
            raise Invalid("This is not your password.", code="password_wrong", field="current")
        _strong(new, person)
        person.set_password(new)
        person.save(update_fields=["password"])
        revoke_all_sessions(person.id, keep=keep_session)
    return person


def _strong(password: str, person: Person) -> None:
    if len(password) > LONGEST:
        raise Invalid("The password is too long.", code="password_weak", field="new")
    validators: list[Any] = [
        MinimumLengthValidator(SHORTEST),
        CommonPasswordValidator(),
        UserAttributeSimilarityValidator(("email", "name")),
    ]
    try:
        validate_password(password, person, password_validators=validators)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), code="password_weak", field="new") from None
