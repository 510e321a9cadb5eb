"""Using a one-time link."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.errors import LinkExpired
from buildrunner.server.domains.identity.models import Person, SignInLink
from buildrunner.server.domains.identity.rules import acting
from buildrunner.server.platform.crypto.tokens import token_hash


@transaction.atomic
def redeem_sign_in_link(token: str) -> Person:
    """The person a link signs in; of several that use it at once, one gets in.

    Raises `LinkExpired` when it was used, has expired, or never was.
    """
    now = timezone.now()
    digest = token_hash(token)
    # One table and no join: then the second of two updates waits for the first and sees its
    # `used_at`. A join would become a subquery, which PostgreSQL does not ask again after the wait.
    used = SignInLink.objects.filter(
        token_hash=digest, used_at__isnull=True, expires_at__gt=now
    ).update(used_at=now)
    person = (
        Person.objects.filter(
            id__in=SignInLink.objects.filter(token_hash=digest).values("person_id"),
            is_active=True,
        ).first()
        if used
        else None
    )
    if person is None:
        raise LinkExpired(
            "It was used already or has expired. Start `br up` again for a new one, or sign in "
            "with your password."
        )
    events.record(events.SIGNED_IN, person.id, actor=acting(person), data={"by": ["link"]})
    return person
