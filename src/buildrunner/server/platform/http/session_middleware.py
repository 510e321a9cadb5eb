"""What only requests of browsers need: sessions, their people, CSRF. Callers with an API key go past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from buildrunner.server.platform.http.problems import is_api

Handler = Callable[[HttpRequest], HttpResponseBase]


def by_key(request: HttpRequest) -> bool:
    """Whether the request is one of the API that shows an API key, be it a good one."""
    return "HTTP_AUTHORIZATION" in request.META and is_api(request)


class SessionMiddleware:
    """Puts `BR_SESSION_MIDDLEWARE`, the first outermost, around all requests but those by key.

    Those have an empty session and nobody as user. Of the hooks that Django calls by itself the
    ones before a view are handed on.
    """

    def __init__(self, get_response: Handler) -> None:
        self._past = get_response
        self._through: Callable[[HttpRequest], Any] = get_response
        self._before_view: list[Callable[..., HttpResponseBase | None]] = []
        self._session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        for path in reversed(settings.BR_SESSION_MIDDLEWARE):
            inner = import_string(path)(self._through)
            if hasattr(inner, "process_view"):
                self._before_view.insert(0, inner.process_view)
            self._through = convert_exception_to_response(inner)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not by_key(request):
            response: HttpResponseBase = self._through(request)
            return response
        request.session = self._session(None)
        request.user = AnonymousUser()
        return self._past(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Called by Django before a view."""
        if not by_key(request):
            for hook in self._before_view:
                answer = hook(request, view, args, kwargs)
                if answer is not None:
                    return answer
        return None
