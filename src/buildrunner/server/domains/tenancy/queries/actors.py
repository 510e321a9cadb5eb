"""From a credential to an actor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.identity.facade import Person, get_person
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.rules import OWNER
from buildrunner.server.domains.tenancy.types import Belonging
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import token_hash
from buildrunner.server.platform.errors import NotFound, NotSignedIn


def actor_for_person(person: Person) -> Actor:
    """Somebody at a browser, with everything their roles allow."""
    return Actor(kind="person", name=person.name or person.email, person_id=person.id)


def actor_for_key(secret: str, *, secure: bool = True) -> Actor | None:
    """The actor of an API key, or `None` when it is unknown, revoked or expired, or when the person
    is inactive or whoever it acts for has left the organization."""
    if not secret or len(secret) > 200 or not secret.isascii():
        return None
    key = lookups.use_key(token_hash(secret))
    if key is None:
        return None
    return Actor(
        kind="service" if key.service else "key",
        name=key.person_name,
        person_id=key.person_id,
        key_id=key.id,
        key_prefix=key.prefix,
        org_id=key.org_id,
        project_id=key.project_id,
        scopes=frozenset(key.scopes),
        expires_at=key.expires_at,
        on_behalf=key.name,
        secure=secure,
    )


def organizations_for(actor: Actor) -> list[Belonging]:
    """The organizations in which an actor can act, oldest membership first."""
    mine = lookups.organizations_of(actor.person_id) if actor.person_id else []
    return [one for one in mine if actor.org_id in (None, one.id)]


def describe_actor(actor: Actor) -> dict[str, Any]:
    """Who an actor is: `{id, kind, email, name, organizations, key}`; raises `NotSignedIn` for
    nobody. A service account has no address."""
    service = actor.kind == "service"
    person = get_person(actor.person_id) if actor.person_id and not service else None
    if person is None and not service:
        raise NotSignedIn("No person stands behind this request.")
    key = None
    if actor.key_id is not None:
        key = {
            "prefix": actor.key_prefix,
            "scopes": sorted(actor.scopes),
            "expires_at": actor.expires_at,
        }
    return {
        "id": actor.person_id,
        "kind": "service" if service else "person",
        "email": person.email if person else "",
        "name": person.name if person else actor.name,
        "organizations": organizations_for(actor),
        "key": key,
    }


def default_organization(actor: Actor) -> UUID:
    """The one a key is bound to, else the first one owned, else the first one joined."""
    if actor.org_id:
        return actor.org_id
    mine = lookups.organizations_of(actor.person_id) if actor.person_id else []
    owned = [belonging for belonging in mine if belonging.role == OWNER]
    if not mine:
        raise NotFound(
            'You belong to no organization yet. Create one: POST /api/orgs {"name": …}.',
            code="organization_not_found",
        )
    return (owned or mine)[0].id
