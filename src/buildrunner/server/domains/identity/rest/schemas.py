"""The room's JSON."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict, Field

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
