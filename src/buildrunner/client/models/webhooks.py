"""Outbound webhooks and their deliveries."""

from __future__ import annotations

import msgspec


class Webhook(msgspec.Struct, frozen=True):
    """An endpoint that hears of events; `kinds` are names or families such as `plan.*`."""

    id: str
    org_id: str
    url: str
    description: str
    kinds: list[str]
    enabled: bool
    failures: int
    created_at: str
    updated_at: str
    project_id: str | None = None
    disabled_reason: str = ""
    disabled_at: str | None = None
    previous_secret_until: str | None = None
    failing_since: str | None = None


class NewWebhook(Webhook, frozen=True, kw_only=True):
    """An endpoint with its new signing secret (`whsec_…`), told this once."""

    secret: str

    def __repr__(self) -> str:
        return f"<NewWebhook {self.id} of {self.url}>"


class Delivery(msgspec.Struct, frozen=True):
    """One message to one endpoint; `state` is `pending`, `delivered` or `failed`."""

    id: str
    event_id: str
    kind: str
    state: str
    attempts: int
    trouble: str
    happened_at: str
    created_at: str
    project_id: str | None = None
    delivered_at: str | None = None
    next_attempt_at: str | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One try: the HTTP status and the beginning of the answer, or the trouble on the way."""

    number: int
    started_at: str
    trouble: str
    answer: str
    signatures: int
    finished_at: str | None = None
    status: int | None = None
    latency_ms: int | None = None


class DeliveryDetail(Delivery, frozen=True, kw_only=True):
    """A delivery with what was sent and how each try went."""

    url: str
    body: str
    attempt_log: list[Attempt]


class Replay(msgspec.Struct, frozen=True):
    """How many deliveries are sent again; `more`: the bound was reached, ask again."""

    queued: int
    more: bool
