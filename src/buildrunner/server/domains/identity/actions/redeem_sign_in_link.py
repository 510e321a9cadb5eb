"""Using a one-time link."""

from __future__ import annotations

from django.utils import timezone

from buildrunner.server.domains.identity.errors import LinkExpired
from buildrunner.server.domains.identity.models import Person, SignInLink
from buildrunner.server.platform.crypto.tokens import token_hash


def redeem_sign_in_link(token: str) -> Person:
    """The person a link signs in; of several that use it at once, one gets in.

    Raises `LinkExpired` when it was used, has expired, or never was.
    """
    now = timezone.now()
    digest = token_hash(token)
    # The row lock of the update lets the second see `used_at` of the first.
    used = SignInLink.objects.filter(
        token_hash=digest, used_at__isnull=True, expires_at__gt=now, person__is_active=True
    ).update(used_at=now)
    if not used:
        raise LinkExpired(
            "It was used already or has expired. Start `br up` again for a new one, or sign in "
            "with your password."
        )
    return Person.objects.get(id=SignInLink.objects.get(token_hash=digest).person_id)
