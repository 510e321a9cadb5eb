"""What the room hands out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DeviceStart:
    """What a terminal gets when it asks to be signed in; times in seconds."""

    device_code: str
    user_code: str
    interval: int
    expires_in: int


@dataclass(frozen=True, slots=True)
class DeviceWish:
    """What a person sees before saying yes or no."""

    user_code: str
    client_name: str
    expires_at: datetime


PollState = Literal[
    "approved", "authorization_pending", "slow_down", "expired_token", "access_denied"
]


@dataclass(frozen=True, slots=True)
class DevicePoll:
    """The answer to a waiting terminal (RFC 8628, 3.5); `person_id` when approved."""

    state: PollState
    client_name: str = ""
    person_id: UUID | None = None
    interval: int = 5


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser that is signed in; `digest` names it without opening it."""

    digest: str
    user_agent: str
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """How a person's sessions are held: seconds without a request until they end, wrong attempts
    until a pause, and whether a second factor is asked for.
    """

    session_seconds: int = 3600
    attempts: int = 5
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is dressed: `action` is a link with its words."""

    subject: str
    paragraphs: tuple[str, ...]
    action: tuple[str, str] | None = None


# id → (type, name) of second factors.
Factors = dict[int, tuple[str, str]]

# What values are sealed for: mails in the outbox, what a session holds, second factors.
OUTBOX = "identity.outbox"
SESSION = "identity.session"
FACTOR = "identity.factor"


@dataclass(frozen=True, slots=True)
class OutboxView:
    """A mail that was kept instead of sent."""

    recipient: str
    subject: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ownership:
    """An organization that a person owns alone."""

    org_id: UUID
    name: str
