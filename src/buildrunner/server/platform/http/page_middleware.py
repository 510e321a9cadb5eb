"""What only pages need: the middleware of `BR_PAGE_MIDDLEWARE`, which requests of the API go past."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from buildrunner.server.platform.http.problems import is_api

Handler = Callable[[HttpRequest], HttpResponseBase]


def page_middleware(get_response: Handler) -> Handler:
    """Middleware that puts the listed ones, the first outermost, around pages alone.

    They handle a request and its answer; their `process_*` hooks for views and exceptions are not
    called.
    """
    for_pages = get_response
    for path in reversed(settings.BR_PAGE_MIDDLEWARE):
        for_pages = import_string(path)(for_pages)

    def handle(request: HttpRequest) -> HttpResponseBase:
        return get_response(request) if is_api(request) else for_pages(request)

    return handle
