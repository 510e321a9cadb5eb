"""What the room hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint without its secrets.

    `disabled_reason` is empty, `person`, `gone` (it answered 410) or `failing`.
    """

    id: UUID
    org_id: UUID
    project_id: UUID | None
    url: str
    description: str
    kinds: list[str]
    enabled: bool
    disabled_reason: str
    disabled_at: datetime | None
    previous_secret_until: datetime | None
    failures: int
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint and, once, its secret."""

    endpoint: EndpointView
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery; `state` is pending, delivered or failed."""

    id: UUID
    endpoint_id: UUID
    event_id: str
    kind: str
    project_id: UUID | None
    state: str
    attempts: int
    trouble: str
    happened_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One request; without `finished_at` its outcome is not known (yet)."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    status: int | None
    latency_ms: int | None
    trouble: str
    answer: str
    signatures: int


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery with its message and every attempt, the newest first."""

    delivery: DeliveryView
    url: str
    body: str
    attempts: list[AttemptView]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many messages were queued again; `more`: there are others, ask again."""

    queued: int
    more: bool


@dataclass(frozen=True, slots=True)
class WatchView:
    """What a person follows (`auto`, `manual`) or has `muted`."""

    id: UUID
    project_id: UUID
    subject: str
    how: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A row of somebody's inbox."""

    id: UUID
    org_id: UUID
    project_id: UUID | None
    kind: str
    priority: str
    subject: str
    title: str
    body: str
    url: str
    actor_id: UUID | None
    actor_name: str
    read_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """How much of an inbox is unread, and how much of that is urgent."""

    unread: int
    urgent: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the matrix: what the table says of a kind, and what the person chose; `channels` and
    `defaults` say of each channel whether the kind goes there.
    """

    kind: str
    title: str
    group: str
    priority: str
    channels: dict[str, bool]
    defaults: dict[str, bool]


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """How a person wants to be told; moments are minutes of the day in `time_zone`, and equal ends
    of the quiet hours are none. `mail` is false where every mail was unsubscribed.
    """

    time_zone: str
    quiet_from: int
    quiet_to: int
    digest: str
    digest_minute: int
    digest_weekday: int
    mail: bool
    matrix: list[Choice]


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A way to a chat or to people's mailboxes (`service` email). `address` is masked; `least` is
    the lowest priority that goes there.
    """

    id: UUID
    org_id: UUID
    project_id: UUID | None
    personal: bool
    service: str
    address: str
    description: str
    kinds: list[str]
    least: str
    enabled: bool
    disabled_reason: str
    failures: int
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelDelivery:
    """A line of a channel's log; `person` is the name of whom a mail went to."""

    delivery: DeliveryView
    person: str


@dataclass(frozen=True, slots=True)
class ChannelDeliveryDetail:
    """A delivery with its attempts, the newest first; `message` is empty for mails."""

    delivery: DeliveryView
    message: str
    attempts: list[AttemptView]
