"""What only pages need, the API goes past."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings

from buildrunner.server.platform.http.page_middleware import page_middleware

Handler = Callable[[HttpRequest], HttpResponseBase]


def _marking(name: str) -> Callable[[Handler], Handler]:
    def layer(get_response: Handler) -> Handler:
        def handle(request: HttpRequest) -> HttpResponseBase:
            response = get_response(request)
            response["Passed"] = f"{response.get('Passed', '')}{name}"
            return response

        return handle

    return layer


inner, outer = _marking("i"), _marking("o")


@pytest.mark.parametrize(
    ("path", "passed"),
    [("/", "io"), ("/plans/api/", "io"), ("/apis", "io"), ("/api", None), ("/api/projects", None)],
)
def test_pages_pass_every_layer_in_order_and_the_api_none(path: str, passed: str | None) -> None:
    with override_settings(BR_PAGE_MIDDLEWARE=[f"{__name__}.outer", f"{__name__}.inner"]):
        handler = page_middleware(lambda _: HttpResponse())
    assert handler(RequestFactory().get(path)).get("Passed") == passed
