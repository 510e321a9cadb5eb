"""The JSON of inboxes and preferences."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.platform.http.bodies import Body

_NOTICE = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b40"

Priority = Literal["low", "normal", "high", "urgent"]
ChannelName = Literal["inbox", "email", "chat"]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["22:30"])]


class NotificationOut(Schema):
    """Something you are told; `url` leads to it."""

    id: UUID
    org_id: UUID
    project_id: UUID | None
    kind: str
    priority: Priority
    subject: str = Field(description="What it is about, such as `microstep:m1.s1.ms1`")
    title: str
    body: str
    url: str
    actor_id: UUID | None
    actor_name: str
    read_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, view: notifications.NoticeView) -> NotificationOut:
        """With the whole address."""
        made = cls.model_validate(view, from_attributes=True)
        made.url = f"{settings.BR_PUBLIC_URL}{view.url}" if view.url.startswith("/") else view.url
        return made


class NotificationPatch(Body):
    """Read, or unread again."""

    read: bool

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"read": True}]}
    )


class MarkIn(Body):
    """Which; without `ids` all."""

    ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    read: bool = True

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"ids": [_NOTICE]}]}
    )


class MarkedOut(Schema):
    """How many changed, and how many are unread now."""

    changed: int
    unread: int

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"changed": 1, "unread": 2}]}
    )


class UnreadOut(Schema):
    """How much is unread, and how much of that is urgent."""

    unread: int
    urgent: int

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"unread": 3, "urgent": 0}]}
    )


class ChoiceOut(Schema):
    """A kind, and through which channels it comes."""

    kind: str
    title: str
    group: str
    priority: Priority
    channels: dict[str, bool]
    defaults: dict[str, bool]


class QuietHours(Body):
    """From one time of day to another, past midnight where it is the earlier one."""

    begin: TimeOfDay
    end: TimeOfDay


class PreferencesOut(Schema):
    """How you want to be told. What is urgent passes quiet hours and digest."""

    time_zone: str
    quiet_hours: QuietHours | None
    digest: Literal["off", "hourly", "daily", "weekly"]
    digest_time: str
    digest_weekday: int = Field(description="0 is Monday")
    mail: bool = Field(description="false: every mail was unsubscribed")
    kinds: list[ChoiceOut]

    @classmethod
    def of(cls, view: notifications.PreferencesView) -> PreferencesOut:
        """Times of day as people write them."""
        quiet = None
        if view.quiet_from != view.quiet_to:
            quiet = QuietHours(begin=_told(view.quiet_from), end=_told(view.quiet_to))
        return cls(
            time_zone=view.time_zone,
            quiet_hours=quiet,
            digest=view.digest,  # type: ignore[arg-type]
            digest_time=_told(view.digest_minute),
            digest_weekday=view.digest_weekday,
            mail=view.mail,
            kinds=[ChoiceOut.model_validate(one, from_attributes=True) for one in view.matrix],
        )


class PreferencesPatch(Body):
    """What is left out stays; `quiet_hours: null` ends them."""

    time_zone: Annotated[str, Field(max_length=64)] | None = None
    quiet_hours: QuietHours | None = None
    digest: Literal["off", "hourly", "daily", "weekly"] | None = None
    digest_time: TimeOfDay | None = None
    digest_weekday: int | None = Field(None, ge=0, le=6)
    mail: bool | None = None
    choices: dict[str, dict[ChannelName, bool]] | None = Field(
        None, description="By kind (`other` is the rest) and channel", max_length=100
    )

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [{"digest": "daily", "choices": {"claim.lost": {"email": False}}}]
        }
    )

    def changes(self) -> dict[str, Any]:
        """As the action takes them."""
        given: dict[str, Any] = {
            "time_zone": self.time_zone,
            "digest": self.digest,
            "digest_minute": _minute(self.digest_time) if self.digest_time else None,
            "digest_weekday": self.digest_weekday,
            "mail": self.mail,
            "choices": self.choices,
        }
        if "quiet_hours" in self.model_fields_set:
            quiet = self.quiet_hours
            given["quiet_from"] = _minute(quiet.begin) if quiet else 0
            given["quiet_to"] = _minute(quiet.end) if quiet else 0
        return given


class WatchIn(Body):
    """What to follow, and how."""

    subject: str = Field(
        min_length=3, max_length=300, description="`microstep:m1.s1.ms1`, `project:<id>` …"
    )
    how: Literal["manual", "muted"] | None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"subject": "microstep:m1.s1.ms1", "how": "manual"}]}
    )


class WatchChoiceOut(Schema):
    """What holds; `null`: taking part follows by itself."""

    subject: str
    how: Literal["auto", "manual", "muted"] | None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"subject": "microstep:m1.s1.ms1", "how": "manual"}]}
    )


class WatchOut(Schema):
    """Something you follow or muted."""

    id: UUID
    project_id: UUID
    subject: str
    how: Literal["auto", "manual", "muted"]
    created_at: datetime


def _told(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
