"""A one-time way in for a person."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.models import Person, SignInLink
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import new_token, token_hash
from buildrunner.server.platform.errors import Forbidden

TTL = timedelta(minutes=15)
LINK_PREFIX = "in"


@transaction.atomic
def issue_sign_in_link(person: Person, *, actor: Actor, ttl: timedelta = TTL) -> str:
    """The token of a link (`/sign-in/link/<token>`) that signs `person` in once within `ttl`.

    The product itself may issue one for anybody, a person and a key without limits for itself.
    """
    own = actor.person_id == person.id and actor.org_id is None and "*" in actor.scopes
    if actor.kind != "system" and not own:
        raise Forbidden("Nobody may issue a sign-in link for somebody else.")
    token = new_token(LINK_PREFIX)
    SignInLink.objects.create(
        token_hash=token_hash(token), person=person, expires_at=timezone.now() + ttl
    )
    events.record(events.LINK_ISSUED, person.id, actor=actor)
    return token
