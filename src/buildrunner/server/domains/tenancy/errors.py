"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import DomainError


class DevicePending(DomainError):
    """A device sign-in has not led to a key; `code` is RFC 8628's error."""

    status = 400
    code = "authorization_pending"
    title = "The device is not signed in"
