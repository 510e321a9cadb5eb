"""From a credential to an actor."""

from __future__ import annotations

from buildrunner.server.domains.identity.facade import Person
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import token_hash


def actor_for_person(person: Person) -> Actor:
    """Somebody at a browser, with everything their roles allow."""
    return Actor(kind="person", name=person.name or person.email, person_id=person.id)


def actor_for_key(secret: str) -> Actor | None:
    """The actor of an API key, or `None` when it is unknown, revoked or expired, or when its
    person is inactive or has left the organization."""
    if not secret or len(secret) > 200 or not secret.isascii():
        return None
    key = lookups.use_key(token_hash(secret))
    if key is None:
        return None
    return Actor(
        kind="key",
        name=key.person_name,
        person_id=key.person_id,
        key_id=key.id,
        org_id=key.org_id,
        project_id=key.project_id,
        scopes=frozenset(key.scopes),
        expires_at=key.expires_at,
        on_behalf=key.name,
    )
