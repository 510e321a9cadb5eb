"""Everything that goes wrong, as RFC 9457 problem documents."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from buildrunner.server.platform.db.outage import DatabaseUnavailable, is_outage, reason
from buildrunner.server.platform.errors import Conflict, DomainError, PreconditionFailed
from buildrunner.server.platform.http.problem_types import problem_type

MEDIA_TYPE = "application/problem+json"
API_PREFIX = "/api"
# Headers that speak about the error itself and survive when its body is replaced.
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Vary", "Set-Cookie")

_EDGE: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request is not well-formed; see /api/docs for what is expected."),
    401: ("not_signed_in", "Sign in, or send `Authorization: Bearer br_…`."),
    403: ("forbidden", "This request is not allowed."),
    404: ("not_found", "Nothing is here; see /api/docs for what there is."),
    405: ("method_not_allowed", "The address exists but not with this method; see `Allow`."),
    413: ("body_too_large", "The body is larger than this address takes."),
    415: ("unsupported_media_type", "Send the body as application/json."),
    429: ("too_many_requests", "Wait as long as `Retry-After` says."),
    500: (
        "internal_error",
        "Something went wrong on the server. It has been logged under the request id.",
    ),
}

# serialization_failure and deadlock_detected: PostgreSQL undid one of two, which may try again.
_COLLISIONS = ("40001", "40P01")

logger = logging.getLogger("buildrunner.http")


class Collision(Conflict):
    """Two changes met in the database and this one was undone: send the request again."""

    code = "concurrent_change"
    title = "Somebody changed the same at the same moment"


def is_api(request: HttpRequest) -> bool:
    """Whether the answer is read by a program."""
    return request.path == API_PREFIX or request.path.startswith(API_PREFIX + "/")


def document(
    request: HttpRequest, *, status: int, code: str, title: str, detail: str, **extensions: Any
) -> dict[str, Any]:
    """The members of a problem; `extensions` never replace the standard ones."""
    return {
        **extensions,
        "type": problem_type(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }


def _respond(members: dict[str, Any]) -> HttpResponse:
    body = json.dumps(members, ensure_ascii=False, default=str, separators=(",", ":"))
    response = HttpResponse(
        body.encode("utf-8", "replace"), content_type=MEDIA_TYPE, status=members["status"]
    )
    if members["status"] == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="BuildRunner"'
    if "retry_after" in members:
        response["Retry-After"] = str(members["retry_after"])
    response["Cache-Control"] = "no-store"
    return response


def problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a typed refusal."""
    return _respond(
        document(
            request,
            status=error.status,
            code=error.code,
            title=error.title,
            detail=error.detail,
            **error.extensions,
        )
    )


def edge_response(
    request: HttpRequest, status: int, detail: str | None = None, **extensions: Any
) -> HttpResponse:
    """The answer to what no action refused: wrong address, wrong method, a bug."""
    code, usual = _EDGE.get(status, ("error", "The request could not be carried out."))
    return _respond(
        document(
            request,
            status=status,
            code=extensions.pop("code", code),
            title=HTTPStatus(status).phrase,
            detail=detail or usual,
            **extensions,
        )
    )


def replace(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """A problem in place of a bare error answer."""
    replacement = edge_response(request, response.status_code)
    for header in _KEPT_HEADERS:
        if header in response:
            replacement[header] = response[header]
    replacement.cookies.update(response.cookies)
    return replacement


def install(api: NinjaAPI) -> None:
    """Teach the API to answer with problems."""
    api.add_exception_handler(DomainError, _domain_error)
    api.add_exception_handler(ValidationError, _validation_error)
    api.add_exception_handler(Http404, lambda request, _: edge_response(request, 404))
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(RequestDataTooBig, lambda request, _: edge_response(request, 413))
    api.add_exception_handler(SuspiciousOperation, lambda request, _: edge_response(request, 400))
    api.add_exception_handler(Exception, _unexpected)


def _domain_error(request: HttpRequest, error: DomainError | type[DomainError]) -> HttpResponse:
    assert isinstance(error, DomainError)  # noqa: S101  the handler's type allows classes too
    return problem(request, error)


def _http_error(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)  # noqa: S101
    cause = error.__cause__ or error.__context__
    if isinstance(cause, DomainError):  # ninja wraps what its body parser raises
        return problem(request, cause)
    if isinstance(cause, RequestDataTooBig):
        return edge_response(request, 413)
    return edge_response(request, error.status_code, error.message or None)


def _validation_error(
    request: HttpRequest, error: ValidationError | type[ValidationError]
) -> HttpResponse:
    assert isinstance(error, ValidationError)  # noqa: S101
    errors = [_validation_entry(entry) for entry in error.errors]
    first = errors[0] if errors else {"field": "", "message": "unknown"}
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return edge_response(
        request,
        422,
        f"{first['field'] or 'body'}: {first['message']}{more}",
        code="invalid_request",
        errors=errors,
    )


def _collision(request: HttpRequest) -> DomainError:
    if "If-Match" in request.headers:
        return PreconditionFailed("Somebody changed the resource at the same moment.", etag=None)
    return Collision("Nothing was changed. Send the request again.", retry_after=1)


def _validation_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """`{in, field, pointer, message, code}`; the rejected value is not repeated."""
    place, *path = [str(part) for part in entry.get("loc", ())] or ["body"]
    if place == "body" and path and entry.get("loc", ())[1:2] == ("payload",):
        path = path[1:]
    entry_out: dict[str, Any] = {
        "in": place,
        "field": ".".join(path),
        "message": entry.get("msg", "is not acceptable"),
        "code": entry.get("type", "invalid"),
    }
    if place == "body":
        escaped = (part.replace("~", "~0").replace("/", "~1") for part in path)
        entry_out["pointer"] = "".join(f"/{part}" for part in escaped)
    return entry_out


def _unexpected(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    if getattr(getattr(error, "__cause__", None), "sqlstate", "") in _COLLISIONS:
        return problem(request, _collision(request))
    if isinstance(error, Exception) and is_outage(error):
        logger.warning(
            "%s %s: the database is away: %s", request.method, request.path, reason(error)
        )
        return problem(request, DatabaseUnavailable())
    logger.error(
        "request %s: %s %s failed",
        getattr(request, "request_id", ""),
        request.method,
        request.path,
        exc_info=error if isinstance(error, BaseException) else None,
    )
    return edge_response(request, 500)
