"""The JSON of channels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.platform.http.bodies import Body

Service = Literal["slack", "discord", "teams", "generic"]
Least = Literal["low", "normal", "high", "urgent"]
Kinds = Annotated[
    list[str],
    Field(
        min_length=1, max_length=50, description="Kinds of events: `approval.requested`, `plan.*`"
    ),
]


class ChannelIn(Body):
    """A new channel: of the organization, of a project, or `personal`."""

    service: Service
    url: Annotated[str, Field(min_length=1, max_length=2000, description="The webhook's address")]
    kinds: Kinds | None = Field(None, description="Left out: what a team talks about")
    least: Least = Field("low", description="The lowest priority that goes there")
    description: Annotated[str, Field(max_length=200)] = ""
    project_id: UUID | None = None
    personal: bool = Field(False, description="Your own: it hears what you are told")

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [{"service": "slack", "url": "https://hooks.slack.com/services/T/B/x"}]
        }
    )


class ChannelPatch(Body):
    """What is left out stays."""

    url: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    kinds: Kinds | None = None
    least: Least | None = None
    description: Annotated[str, Field(max_length=200)] | None = None
    enabled: bool | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"least": "high"}]}
    )


class ChannelOut(Schema):
    """A channel; `address` is masked."""

    id: UUID
    org_id: UUID
    project_id: UUID | None
    personal: bool
    service: Literal["slack", "discord", "teams", "generic", "email"]
    address: str
    description: str
    kinds: list[str]
    least: Least
    enabled: bool
    disabled_reason: Literal["", "person", "gone", "failing"]
    failures: int
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class ChannelDeliveryOut(Schema):
    """One message; `failed`: given up, a dead letter."""

    id: UUID
    kind: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    trouble: str
    person: str = Field("", description="Whom a mail went to")
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None

    @classmethod
    def of(cls, view: notifications.DeliveryView, person: str = "") -> ChannelDeliveryOut:
        """A line of the log."""
        made = cls.model_validate(view, from_attributes=True)
        made.person = person
        return made


class ChannelAttemptOut(Schema):
    """One try; without `finished_at` its outcome is not known (yet)."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    status: int | None
    latency_ms: int | None
    trouble: str
    answer: str


class ChannelDeliveryDetailOut(ChannelDeliveryOut):
    """A message with what was sent and every attempt, the newest first."""

    message: str
    log: list[ChannelAttemptOut]

    @classmethod
    def detail(cls, one: notifications.ChannelDeliveryDetail) -> ChannelDeliveryDetailOut:
        """All of it."""
        return cls(
            **ChannelDeliveryOut.of(one.delivery).model_dump(),
            message=one.message,
            log=[
                ChannelAttemptOut.model_validate(entry, from_attributes=True)
                for entry in one.attempts
            ],
        )


class ReplayedOut(Schema):
    """How many go out again."""

    queued: int

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [{"queued": 3}]})
