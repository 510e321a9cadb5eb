"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import Conflict, DomainError, Invalid, NotFound


class EventsMalformed(DomainError):
    """The body holds no usage events."""

    status = 400
    code = "events_malformed"
    title = "The body holds no usage events"


class WrongMediaType(DomainError):
    """The body is announced as something else."""

    status = 415
    code = "unsupported_media_type"
    title = "Send application/json"


class EventInvalid(Invalid):
    """One event cannot be understood; `field` says where."""

    code = "event_invalid"
    title = "The usage event is not acceptable"


class EventRejected(Invalid):
    """One event is understood but cannot be counted."""

    code = "event_invalid"
    title = "The usage event is not acceptable"


class UsageConflict(Conflict):
    """An event of this name was counted before, with another payload."""

    code = "usage_conflict"
    title = "The event was counted before with another payload"


class PriceAbsent(NotFound):
    """The organization's list has no such price."""

    code = "price_not_found"
