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


class InvoiceUnreadable(Invalid):
    """The invoice is not a CSV file with a model and an amount."""

    code = "invoice_unreadable"
    title = "The invoice cannot be read"


class BudgetExceeded(DomainError):
    """A hard budget has no room for a call; the members name it, and who can raise it."""

    status = 402
    code = "budget_exceeded"
    title = "A budget is used up"


class Unpriced(DomainError):
    """Nobody knows what a model costs, and a hard budget applies."""

    status = 402
    code = "unpriced_model"
    title = "The price of the model is not known"


class QuotaExceeded(DomainError):
    """The tier's limit of a month is used up; the members name it and the tier that has more."""

    status = 402
    code = "quota_exceeded"
    title = "A limit of the plan is used up"


class BudgetAbsent(NotFound):
    """No budget of this id here."""

    code = "budget_not_found"


class BudgetStands(Conflict):
    """There is a budget of this scope and period; it is changed, not set again."""

    code = "budget_exists"


class HoldClosed(Conflict):
    """A reservation or lease was settled or released before, with another amount."""

    code = "reservation_closed"
    title = "The reservation was closed before"


class HoldAbsent(NotFound):
    """No reservation of this id here."""

    code = "reservation_not_found"
