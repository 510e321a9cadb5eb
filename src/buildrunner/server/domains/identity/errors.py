"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import DomainError


class LinkExpired(DomainError):
    """A one-time link was used already, has expired, or never was."""

    status = 410
    code = "link_expired"
    title = "This link no longer works"


class DeviceCodeUnknown(DomainError):
    """No terminal waits under this user code."""

    status = 404
    code = "device_code_unknown"
    title = "No device waits under this code"
