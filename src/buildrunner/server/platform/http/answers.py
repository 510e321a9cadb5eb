"""Problem documents (RFC 9457) for answers that do not come from Django."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http.problem_types import problem_type
from buildrunner.server.platform.observe import visits

MEDIA_TYPE = "application/problem+json"


class BodyTooLarge(DomainError):
    """The request's body passes the limit."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class Overloaded(DomainError):
    """More requests wait than the threads can be expected to serve soon."""

    status = 503
    code = "overloaded"
    title = "Too many requests at once"


class Broken(DomainError):
    """A bug: logged under the request id, told without detail."""

    status = 500
    code = "internal_error"
    title = "Internal Server Error"


class WrongHost(DomainError):
    """The Host header names a host this server does not answer for."""

    status = 400
    code = "host_not_allowed"
    title = "This server does not answer for that host"


class WrongMethod(DomainError):
    """The address is there, but not with this method."""

    status = 405
    code = "method_not_allowed"
    title = "Method Not Allowed"


async def only_read(request: Request) -> Response:
    """What a native route that only answers GET says to every other method."""
    return _wrong_method(request, "GET, HEAD")


async def only_post(request: Request) -> Response:
    """What a native route that only takes POST says to every other method."""
    return _wrong_method(request, "POST")


def _wrong_method(request: Request, allowed: str) -> Response:
    error = WrongMethod("The address exists but not with this method; see `Allow`.")
    return problem_response(error, path=request.url.path, headers={"Allow": allowed})


def problem_response(
    error: DomainError, *, path: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A refusal as a response; extra members of the error become members of the document."""
    request_id = visits.request_id()
    members: dict[str, Any] = {
        **error.extensions,
        "type": problem_type(error.code),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "instance": path,
        "request_id": request_id,
    }
    answer = Response(
        json.dumps(members, ensure_ascii=False, default=str, separators=(",", ":")),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers={**(headers or {}), "Cache-Control": "no-store", "X-Request-ID": request_id},
    )
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="BuildRunner"'
    if "retry_after" in members:
        answer.headers["Retry-After"] = str(members["retry_after"])
    return answer
