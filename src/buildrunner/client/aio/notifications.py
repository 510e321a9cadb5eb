"""A person's inbox, what the person follows, and how the person wants to be told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import (
    Marked,
    Notification,
    NotificationPreferences,
    Unread,
    Watch,
    WatchChoice,
)

_ALL = "/api/notifications"
_KEEP: Any = object()


class AsyncNotifications(AsyncResource):
    """`/api/notifications`."""

    def list(
        self,
        *,
        unread: bool = False,
        priority: str | None = None,
        project_id: str | None = None,
    ) -> AsyncIterator[Notification]:
        """The inbox, newest first."""
        return self._transport.pages(
            _ALL,
            Notification,
            unread="true" if unread else None,
            priority=priority,
            project_id=project_id,
        )

    async def unread(self) -> Unread:
        """How much is unread."""
        return await self._transport.get(f"{_ALL}/unread", Unread)

    async def mark(self, ids: Sequence[str] | None = None, *, read: bool = True) -> Marked:
        """Mark some, or all (`None`), as read or unread."""
        body: dict[str, Any] = {"read": read}
        if ids is not None:
            body["ids"] = list(ids)
        return await self._transport.send("POST", f"{_ALL}/read", Marked, body)

    async def update(self, notification_id: str, *, read: bool) -> Notification:
        """Mark one as read or unread."""
        path = f"{_ALL}/{wire.segment(notification_id)}"
        return await self._transport.send("PATCH", path, Notification, {"read": read})

    async def preferences(self) -> NotificationPreferences:
        """How you want to be told."""
        return await self._transport.get(f"{_ALL}/preferences", NotificationPreferences)

    async def change_preferences(
        self,
        *,
        time_zone: str | None = None,
        quiet_hours: Mapping[str, str] | None = _KEEP,
        digest: str | None = None,
        digest_time: str | None = None,
        digest_weekday: int | None = None,
        mail: bool | None = None,
        choices: Mapping[str, Mapping[str, bool]] | None = None,
    ) -> NotificationPreferences:
        """Change what is given. `quiet_hours` is `{"begin": "22:00", "end": "07:00"}`, `None` ends
        them; `choices` is `{kind: {"inbox" | "email" | "chat": bool}}`.
        """
        body: dict[str, Any] = {
            "time_zone": time_zone,
            "digest": digest,
            "digest_time": digest_time,
            "digest_weekday": digest_weekday,
            "mail": mail,
            "choices": choices,
        }
        body = {name: value for name, value in body.items() if value is not None}
        if quiet_hours is not _KEEP:
            body["quiet_hours"] = quiet_hours
        return await self._transport.send(
            "PATCH", f"{_ALL}/preferences", NotificationPreferences, body
        )


class AsyncWatches(AsyncResource):
    """`/api/projects/{project_id}/watches`."""

    def list(self, project_id: str, *, subject: str | None = None) -> AsyncIterator[Watch]:
        """What you follow or muted in a project, newest first."""
        return self._transport.pages(_watches(project_id), Watch, subject=subject)

    async def choose(self, project_id: str, subject: str, how: str | None) -> WatchChoice:
        """Follow (`manual`), mute (`muted`) or leave open (`None`) such as `microstep:m1.s1.ms1`."""
        body = {"subject": subject, "how": how}
        return await self._transport.send("PUT", _watches(project_id), WatchChoice, body)


def _watches(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/watches"
