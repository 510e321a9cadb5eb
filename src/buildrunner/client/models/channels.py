"""Channels to chats and mailboxes, and what went out."""

from __future__ import annotations

import msgspec


class Channel(msgspec.Struct, frozen=True):
    """A way to a chat (`slack`, `discord`, `teams`, `generic`) or to mailboxes (`email`); its
    `address` is masked, `least` the lowest priority that goes there."""

    id: str
    org_id: str
    personal: bool
    service: str
    address: str
    description: str
    kinds: list[str]
    least: str
    enabled: bool
    failures: int
    created_at: str
    updated_at: str
    project_id: str | None = None
    disabled_reason: str = ""
    failing_since: str | None = None


class ChannelDelivery(msgspec.Struct, frozen=True):
    """One message; `state` is pending, delivered, or failed (a dead letter)."""

    id: str
    kind: str
    state: str
    attempts: int
    trouble: str
    created_at: str
    person: str = ""
    delivered_at: str | None = None
    next_attempt_at: str | None = None


class ChannelAttempt(msgspec.Struct, frozen=True):
    """One try."""

    number: int
    started_at: str
    trouble: str
    answer: str
    finished_at: str | None = None
    status: int | None = None
    latency_ms: int | None = None


class ChannelDeliveryDetail(ChannelDelivery, frozen=True, kw_only=True):
    """A message with what was sent (of a mail nothing) and every attempt."""

    message: str
    log: list[ChannelAttempt]


class Replayed(msgspec.Struct, frozen=True):
    """How many go out again."""

    queued: int
