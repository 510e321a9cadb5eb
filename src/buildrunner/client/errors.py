"""What can go wrong between here and a server, as types."""

from __future__ import annotations

from typing import Any


class ClientError(Exception):
    """Any failure of a call. `message` is for people, `code` for programs."""

    code = "client_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


class InsecureAddress(ClientError):
    """A plain-HTTP address that is not this machine: a key would travel in the clear."""

    code = "insecure_address"


class Misconfigured(ClientError):
    """No server, or a `BR_*` variable that does not hold what it should."""

    code = "misconfigured"


class Unreachable(ClientError):
    """No answer: the server is down, the name does not resolve, the time ran out."""

    code = "server_unreachable"


class UnexpectedAnswer(ClientError):
    """The server answered with something this client cannot read."""

    code = "unexpected_answer"


class Problem(ClientError):
    """The server refused, with an RFC 9457 problem document.

    `status` is the HTTP status, `problem` the whole document with its extension members.
    """

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        title = str(problem.get("title") or f"HTTP {status}")
        detail = str(problem.get("detail") or "")
        super().__init__(detail or title, code=str(problem.get("code") or f"http_{status}"))
        self.status = status
        self.title = title
        self.problem = problem
        self.request_id = str(problem.get("request_id") or "")


class NotSignedIn(Problem):
    """401: no key, or one that no longer holds."""


class NotAllowed(Problem):
    """403: the key's person or scopes lack a permission."""


class NotFound(Problem):
    """404: absent, or not yours to see."""


class Conflict(Problem):
    """409: the state of the resource stands against the request."""


class PreconditionFailed(Problem):
    """412 or 428: the `If-Match` header is stale or missing."""


class Invalid(Problem):
    """422: the content is not acceptable."""


class TooManyRequests(Problem):
    """429, after the retries ran out."""


class ServerFault(Problem):
    """5xx: not your fault. The request id helps whoever runs the server."""


BY_STATUS: dict[int, type[Problem]] = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    428: PreconditionFailed,
    422: Invalid,
    429: TooManyRequests,
}


def problem_for(status: int, body: dict[str, Any]) -> Problem:
    """The typed error of an answer."""
    kind = BY_STATUS.get(status, ServerFault if status >= 500 else Problem)
    return kind(status, body)
