"""The room's JSON."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.identity.facade import SessionView, browser_name
from buildrunner.server.platform.http.bodies import Body, Name


class DeviceRequest(Body):
    """Who asks to be signed in."""

    client_name: Name = Field(
        "br", description="Shown to the person who decides, and the name of the key"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"client_name": "br on laptop"}]})


class DeviceAuthorization(Schema):
    """RFC 8628, 3.2."""

    device_code: str = Field(description="The terminal's secret, sent when it polls")
    user_code: str = Field(description="What the person types")
    verification_uri: str
    verification_uri_complete: str = Field(description="The same with the code in it")
    interval: int = Field(description="Seconds between two polls")
    expires_in: int = Field(description="Seconds")


class SessionOut(Schema):
    """A browser that is signed in."""

    id: str = Field(description="Names the session without opening it")
    browser: str
    address: str = Field(description="Where it signed in from")
    created_at: datetime
    last_seen_at: datetime = Field(description="To the minute")
    expires_at: datetime = Field(description="When it ends unless it is used")
    current: bool = Field(description="Whether this request comes from it")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "browser": "Firefox on Linux",
                    "address": "192.0.2.7",
                    "created_at": "2026-03-01T09:00:00Z",
                    "last_seen_at": "2026-03-01T11:42:00Z",
                    "expires_at": "2026-03-01T12:42:00Z",
                    "current": True,
                }
            ]
        }
    )

    @classmethod
    def of(cls, view: SessionView, *, here: str) -> SessionOut:
        """From what the room hands out."""
        return cls(
            id=view.digest,
            browser=browser_name(view.user_agent),
            address=view.address,
            created_at=view.created_at,
            last_seen_at=view.last_seen_at,
            expires_at=view.expires_at,
            current=view.digest == here,
        )


class SessionsEnded(Schema):
    """How many browsers were signed out."""

    ended: int

    model_config = ConfigDict(json_schema_extra={"examples": [{"ended": 2}]})
