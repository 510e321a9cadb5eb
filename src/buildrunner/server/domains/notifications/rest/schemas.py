"""The room's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.platform.http.bodies import Body

# For the examples.
_ORG = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b02"
_WEBHOOK = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b10"
_DELIVERY = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b11"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0000000000="  # noqa: S105  an example

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="`https://`, a public host, port 80, 443 or 1024 and above",
    ),
]
Kinds = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=50,
        description="Kinds of events: `plan.revised`, a family `plan.*`, or `*` for all",
    ),
]
Description = Annotated[str, Field(max_length=200)]


class WebhookIn(Body):
    """A new webhook."""

    url: Url
    kinds: Kinds = ["*"]
    description: Description = ""
    project_id: UUID | None = Field(None, description="Only events of this project")
    enabled: bool = True

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://hooks.example.com/buildrunner", "kinds": ["plan.*"]}]
        }
    )


class WebhookPatch(Body):
    """What is left out stays as it is."""

    url: Url | None = None
    kinds: Kinds | None = None
    description: Description | None = None
    enabled: bool | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False}]})


class WebhookOut(Schema):
    """A webhook; its secret is not told again."""

    id: UUID
    org_id: UUID
    project_id: UUID | None
    url: str
    description: str
    kinds: list[str]
    enabled: bool
    disabled_reason: Literal["", "person", "gone", "failing"] = Field(
        description="`gone`: it answered 410; `failing`: it failed for days; `person`: by hand"
    )
    disabled_at: datetime | None
    previous_secret_until: datetime | None = Field(
        description="Until then messages also carry the signature of the secret before"
    )
    failures: int = Field(description="Failed attempts since the last that went well")
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class NewWebhookOut(WebhookOut):
    """A webhook with its signing secret, shown this once."""

    secret: str = Field(description="`whsec_…`, for a Standard Webhooks library")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _WEBHOOK,
                    "org_id": _ORG,
                    "project_id": None,
                    "url": "https://hooks.example.com/buildrunner",
                    "description": "",
                    "kinds": ["plan.*"],
                    "enabled": True,
                    "disabled_reason": "",
                    "disabled_at": None,
                    "previous_secret_until": None,
                    "failures": 0,
                    "failing_since": None,
                    "created_at": "2026-03-01T09:00:00Z",
                    "updated_at": "2026-03-01T09:00:00Z",
                    "secret": _SECRET,
                }
            ]
        }
    )

    @classmethod
    def of(cls, made: notifications.NewEndpoint) -> NewWebhookOut:
        """The endpoint and its secret in one object."""
        return cls(
            **WebhookOut.model_validate(made.endpoint, from_attributes=True).model_dump(),
            secret=made.secret,
        )


class SecretRotationIn(Body):
    """How long the old secret goes on."""

    overlap_seconds: int = Field(
        86_400, ge=0, le=604_800, description="Both secrets sign for so long; 0 drops the old one"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})


class ReplayIn(Body):
    """What to send again."""

    since: AwareDatetime = Field(description="Events from this moment on, at most 30 days back")
    everything: bool = Field(False, description="Also what has arrived; else only what did not")

    model_config = ConfigDict(json_schema_extra={"examples": [{"since": "2026-03-01T09:00:00Z"}]})


class ReplayOut(Schema):
    """How many messages go out; with `more` there are others: ask again."""

    queued: int
    more: bool

    model_config = ConfigDict(json_schema_extra={"examples": [{"queued": 12, "more": False}]})


class DeliveryOut(Schema):
    """One event for one webhook."""

    id: UUID
    event_id: str = Field(description="The header `webhook-id`: the same over all attempts")
    kind: str
    project_id: UUID | None
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    trouble: str = Field(description="How the last attempt failed; empty when it did not")
    happened_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None


class AttemptOut(Schema):
    """One request; without `finished_at` its outcome is not known (yet)."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    status: int | None = Field(description="The HTTP status, if there was an answer")
    latency_ms: int | None
    trouble: str
    answer: str = Field(description="The first kilobyte of the body")
    signatures: int


class DeliveryDetailOut(DeliveryOut):
    """A delivery with its message and its attempts, the newest first."""

    url: str
    body: str = Field(description="The message as it is signed and sent")
    attempt_log: list[AttemptOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _DELIVERY,
                    "event_id": "MS44NDUuMTI",
                    "kind": "plan.revised",
                    "project_id": None,
                    "state": "delivered",
                    "attempts": 1,
                    "trouble": "",
                    "happened_at": "2026-03-01T09:00:00Z",
                    "created_at": "2026-03-01T09:00:00Z",
                    "delivered_at": "2026-03-01T09:00:01Z",
                    "next_attempt_at": None,
                    "url": "https://hooks.example.com/buildrunner",
                    "body": '{"specversion":"1.0","id":"MS44NDUuMTI","type":"plan.revised",…}',
                    "attempt_log": [
                        {
                            "number": 1,
                            "started_at": "2026-03-01T09:00:00Z",
                            "finished_at": "2026-03-01T09:00:01Z",
                            "status": 204,
                            "latency_ms": 84,
                            "trouble": "",
                            "answer": "",
                            "signatures": 1,
                        }
                    ],
                }
            ]
        }
    )

    @classmethod
    def of(cls, detail: notifications.DeliveryDetail) -> DeliveryDetailOut:
        """A flat object of the parts."""
        return cls(
            **DeliveryOut.model_validate(detail.delivery, from_attributes=True).model_dump(),
            url=detail.url,
            body=detail.body,
            attempt_log=[
                AttemptOut.model_validate(attempt, from_attributes=True)
                for attempt in detail.attempts
            ],
        )
