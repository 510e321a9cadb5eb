"""Typed refusals. Actions raise them; one module at each edge turns them into words or JSON."""

from __future__ import annotations

from typing import Any, ClassVar


class OperatorProblem(Exception):
    """A refusal to whoever runs the server: what happened, and in `hint` what to type next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class DomainError(Exception):
    """A refusal with a stable `code`, an HTTP `status`, a `title`, a `detail` and extra members.

    The extra members become extension members of the RFC 9457 problem document.
    """

    status: ClassVar[int] = 400
    code: str = "bad_request"
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(self, detail: str, *, code: str | None = None, **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.extensions = extensions


class NotFound(DomainError):
    """The thing is absent, or stands in a tenant the actor does not belong to."""

    status = 404
    code = "not_found"
    title = "Not found"


class NotSignedIn(DomainError):
    """No credentials, or credentials that no longer hold."""

    status = 401
    code = "not_signed_in"
    title = "Sign in first"


class Forbidden(DomainError):
    """Inside the actor's own organization: says which permission is missing and who grants it."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class Conflict(DomainError):
    """The state of the resource stands against the request."""

    status = 409
    code = "conflict"
    title = "Conflict"


class PreconditionFailed(DomainError):
    """`If-Match` names a version that is no longer current."""

    status = 412
    code = "precondition_failed"
    title = "The resource has changed"


class PreconditionRequired(DomainError):
    """The request needs `If-Match`."""

    status = 428
    code = "precondition_required"
    title = "If-Match is required"


class Invalid(DomainError):
    """The request is well-formed but its content is not acceptable."""

    status = 422
    code = "invalid"
    title = "The content is not acceptable"


class TooManyRequests(DomainError):
    """Slow down; `retry_after` says for how many seconds."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code, retry_after=retry_after)
