"""Who is here."""

from __future__ import annotations

import msgspec


class PresenceEntry(msgspec.Struct, frozen=True):
    """Somebody who is here. `kind` is `person` or `agent`; `doing` is `viewing`, `typing` or
    `holding` (an agent with that microstep claimed).
    """

    id: str
    kind: str
    name: str
    entity_type: str
    entity_id: str
    page: str
    doing: str
    expires_at: str
    person_id: str | None = None
    since: str | None = None


class PresencePlace(msgspec.Struct, frozen=True):
    """One's own place; `token` is what signs of life carry. Not `shown`: too many are here."""

    shown: bool
    beat_seconds: float
    renew_seconds: float
    id: str | None = None
    token: str | None = None
    expires_at: str | None = None
