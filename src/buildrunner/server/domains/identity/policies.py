"""Who may act for a person, and what identity asks of the rooms above it."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity.types import Ownership, SignInPolicy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden
from buildrunner.server.platform.gates import Gate


@Gate
def sign_in_policy(person_id: UUID) -> SignInPolicy:  # noqa: ARG001
    """What a person's organizations ask of their sessions; the strictest counts."""
    return SignInPolicy()


@Gate
def sign_up_invited(email: str) -> bool:  # noqa: ARG001
    """Whether a valid invitation waits for an address, where sign-up is by invitation."""
    return False


@Gate
def sole_ownerships(person_id: UUID) -> list[Ownership]:  # noqa: ARG001
    """The organizations that nobody but this person owns."""
    return []


@Gate
def leave_everything(actor: Actor) -> None:
    """Take the person who acts out of all organizations, and what is personal out of their records."""


def in_person_only(actor: Actor) -> UUID:
    """The person at a browser. Raises `Forbidden` to keys, agents and service accounts."""
    if actor.kind != "person" or actor.person_id is None:
        raise Forbidden(
            "An account is deleted in person: open /account/security/delete in a browser.",
            code="in_person_only",
            page="/account/security/delete",
        )
    return actor.person_id


def own_account(actor: Actor) -> UUID:
    """The person whose account an actor may change: themselves at a browser, or by a personal key
    that may do everything. Raises `Forbidden` to any other key.
    """
    whole = actor.org_id is None and actor.project_id is None and "*" in actor.scopes
    if actor.kind not in ("person", "key") or actor.person_id is None or not whole:
        raise Forbidden(
            "Only the person themselves, or a personal key with the scope `*`, may do this.",
            code="person_required",
        )
    return actor.person_id
