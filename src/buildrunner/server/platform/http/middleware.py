"""What every request gets: an id, a strict Content-Security-Policy, refusals in words."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http import pages, problems
from buildrunner.server.platform.observe import visits
from buildrunner.server.platform.observe.visits import REQUEST_ID

Handler = Callable[[HttpRequest], HttpResponseBase]

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)


def request_id(get_response: Handler) -> Handler:
    """Name each request, or keep the name a proxy gave it; answers carry it as `X-Request-ID`."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        name = given if REQUEST_ID.fullmatch(given) else uuid7().hex
        request.request_id = name  # type: ignore[attr-defined]
        visit = visits.current()
        if visit is not None:
            visit.request = request
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            # PostgreSQL stores no NUL; refused here no handler needs to think of it.
            response: HttpResponseBase = problems.edge_response(request, 400)
        else:
            response = get_response(request)
        if visit is not None and request.resolver_match is not None:
            visit.route = visits.template(request.resolver_match.route)
        response["X-Request-ID"] = name
        return response

    return handle


# Only our own scripts, styles and connections, nothing inline, and no other site around or behind.
PROTECTION = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def protection(get_response: Handler) -> Handler:
    """The headers by which browsers protect a page and its visitors, where the answer has no other.

    What Django's `SecurityMiddleware` and `XFrameOptionsMiddleware` do, in one pass; redirects to
    HTTPS and HSTS belong to the proxy that speaks TLS.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in PROTECTION.items():
            response.headers.setdefault(name, value)
        return response

    return handle


class Refusals:
    """Turns typed refusals of pages into pages, and bare errors under `/api` into problems."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            response.status_code >= 400
            and problems.is_api(request)
            and response.get("Content-Type") != problems.MEDIA_TYPE
        ):
            return problems.replace(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django for what a view raised; what is no refusal goes on to the 500 page."""
        if not isinstance(error, DomainError):
            return None
        if problems.is_api(request):
            return problems.problem(request, error)
        return pages.refusal(request, error)
