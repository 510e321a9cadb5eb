"""Error pages: what happened and where to go, for people at a browser."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.html import escape

from buildrunner.server.platform.db.outage import DatabaseUnavailable, in_outage
from buildrunner.server.platform.errors import DomainError, NotSignedIn
from buildrunner.server.platform.http import problems

TEMPLATE = "errors/error.html"

_WORDS: dict[int, tuple[str, str]] = {
    400: ("This request makes no sense here", "Go back and try again."),
    403: ("Not allowed", "You are signed in, but this is not yours to see or change."),
    404: (
        "Nothing is here",
        "The address may be mistyped, or what stood here was removed or is not shared with you.",
    ),
    429: ("Too many attempts", "Wait a minute, then try again."),
    500: (
        "Something went wrong on our side",
        "It has been logged. Try again; if it stays, tell whoever runs this server the request id.",
    ),
}
_CSRF = (
    "This form has expired",
    "Reload the page and send it again. Cookies must be allowed for this site.",
)


def error_page(
    request: HttpRequest,
    status: int,
    title: str,
    detail: str,
    *,
    code: str = "",
    setup_url: str = "",
) -> HttpResponse:
    """Render the error template; without one (or if it fails itself) a bare page. `setup_url` is
    where what is missing is set up."""
    context = {
        "status": status,
        "title": title,
        "detail": detail,
        "code": code,
        "next_url": setup_url,
        "next_words": ("See the plans" if status == 402 else "Set it up") if setup_url else "",
        "request_id": getattr(request, "request_id", ""),
    }
    try:
        # The last resort must not depend on a database that may be the very cause.
        body: str = render_to_string(TEMPLATE, context, request if status < 500 else None)
    except TemplateDoesNotExist:
        body = _bare(context)
    except Exception:
        if status < 500:
            raise
        body = _bare(context)
    return HttpResponse(body, status=status)


def _bare(context: dict[str, object]) -> str:
    title, detail, name = (escape(context[key]) for key in ("title", "detail", "request_id"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main><h1>{title}</h1><p>{detail}</p><p>Request {name}</p>"
        '<p><a href="/">Start page</a></p></main></body></html>'
    )


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page for a typed refusal; whoever is not signed in goes to sign in and comes back."""
    if isinstance(error, NotSignedIn):
        return to_sign_in(request)
    response = error_page(
        request,
        error.status,
        error.title,
        error.detail,
        code=error.code,
        setup_url=str(error.extensions.get("setup_url", "")),
    )
    if "retry_after" in error.extensions:
        response["Retry-After"] = str(error.extensions["retry_after"])
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the sign-in page; htmx follows by a full page load."""
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    query = f"?{urlencode({'next': wanted})}" if wanted and wanted != "/" else ""
    address = f"{settings.LOGIN_URL}{query}"
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=HTTPStatus.OK)
        response["HX-Redirect"] = settings.LOGIN_URL
        return response
    return HttpResponseRedirect(address)


def _edge(request: HttpRequest, status: int) -> HttpResponse:
    if problems.is_api(request):
        return problems.edge_response(request, status)
    return error_page(request, status, *_WORDS[status])


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Django's handler400."""
    return _edge(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Django's handler403."""
    return _edge(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Django's handler404."""
    return _edge(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth answers where somebody tries too often."""
    response = _edge(request, 429)
    response["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; a database that is away for a moment is told as that."""
    if in_outage():
        away = DatabaseUnavailable()
        return (
            problems.problem(request, away) if problems.is_api(request) else refusal(request, away)
        )
    return _edge(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    if problems.is_api(request):
        return problems.edge_response(request, 403, f"CSRF: {reason}", code="csrf_failed")
    return error_page(request, 403, *_CSRF, code="csrf_failed")
