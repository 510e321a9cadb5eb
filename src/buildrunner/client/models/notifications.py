"""What a person is told, and how."""

from __future__ import annotations

import msgspec


class Notification(msgspec.Struct, frozen=True):
    """A row of the inbox; `priority` is low, normal, high or urgent, `url` leads to what it is
    about."""

    id: str
    org_id: str
    kind: str
    priority: str
    subject: str
    title: str
    body: str
    url: str
    created_at: str
    project_id: str | None = None
    actor_id: str | None = None
    actor_name: str = ""
    read_at: str | None = None


class Unread(msgspec.Struct, frozen=True):
    """How much is unread, and how much of that is urgent."""

    unread: int
    urgent: int = 0


class Marked(msgspec.Struct, frozen=True):
    """How many changed, and how many are unread now."""

    changed: int
    unread: int


class NotificationKind(msgspec.Struct, frozen=True):
    """A kind, through which channels it comes, and what the defaults are."""

    kind: str
    title: str
    group: str
    priority: str
    channels: dict[str, bool]
    defaults: dict[str, bool]


class QuietHours(msgspec.Struct, frozen=True):
    """Times of day such as `22:00`; past midnight where the end is the earlier one."""

    begin: str
    end: str


class NotificationPreferences(msgspec.Struct, frozen=True):
    """How a person wants to be told."""

    time_zone: str
    digest: str
    digest_time: str
    digest_weekday: int
    mail: bool
    kinds: list[NotificationKind]
    quiet_hours: QuietHours | None = None


class WatchChoice(msgspec.Struct, frozen=True):
    """What holds for a subject: `auto`, `manual`, `muted`, or open (`None`)."""

    subject: str
    how: str | None = None


class Watch(msgspec.Struct, frozen=True):
    """Something followed or muted."""

    id: str
    project_id: str
    subject: str
    how: str
    created_at: str
