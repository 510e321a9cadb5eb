"""Questions that identity asks of the rooms above it."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity.types import SignInPolicy
from buildrunner.server.platform.gates import Gate


@Gate
def sign_in_policy(person_id: UUID) -> SignInPolicy:  # noqa: ARG001
    """What a person's organizations ask of their sessions; the strictest counts."""
    return SignInPolicy()


@Gate
def sign_up_invited(email: str) -> bool:  # noqa: ARG001
    """Whether a valid invitation waits for an address, where sign-up is by invitation."""
    return False
