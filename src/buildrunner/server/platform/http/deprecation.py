"""Routes that will go: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and where to read about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import http_date

Handler = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., Any])


class Deprecation(NamedTuple):
    """Since when a route should not be used, when it ends, and the addresses that say more."""

    since: datetime
    sunset: datetime | None
    link: str
    successor: str | None

    def headers(self) -> dict[str, str]:
        """What every answer of the route carries."""
        links = [f'<{self.link}>; rel="deprecation"; type="text/html"']
        if self.successor:
            links.append(f'<{self.successor}>; rel="successor-version"')
        told = {"Deprecation": f"@{int(self.since.timestamp())}", "Link": ", ".join(links)}
        if self.sunset:
            told["Sunset"] = http_date(self.sunset.timestamp())
        return told


def deprecated(
    since: str, *, link: str, sunset: str | None = None, successor: str | None = None
) -> Callable[[View], View]:
    """Mark a view, between `@router.…` and `def`.

    `since` and `sunset` are dates (`2026-03-01`, UTC), `link` is the page about it, `successor`
    the address of the route that takes its place. The OpenAPI document marks the operation too.
    """
    notice = Deprecation(_day(since), _day(sunset) if sunset else None, link, successor)

    def mark(view: View) -> View:
        @wraps(view)
        def announced(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            request.deprecation = notice  # type: ignore[attr-defined]
            return view(request, *arguments, **named)

        announced.deprecation = notice  # type: ignore[attr-defined]
        return announced  # type: ignore[return-value]

    return mark


def announcements(get_response: Handler) -> Handler:
    """Middleware: what a deprecated view answers, it answers with the notice."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        notice: Deprecation | None = getattr(request, "deprecation", None)
        if notice is not None:
            for name, value in notice.headers().items():
                own = response.get(name) if name == "Link" else None
                response[name] = f"{own}, {value}" if own else value
        return response

    return handle


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
