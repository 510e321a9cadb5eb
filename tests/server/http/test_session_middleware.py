"""Callers with an API key go past sessions and CSRF; everybody else goes through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory, override_settings

from buildrunner.server.platform.http.session_middleware import SessionMiddleware
from factories import make_tenant

Handler = Callable[[HttpRequest], HttpResponseBase]


class Layer:
    """Notes that it was passed, and refuses every view."""

    name = ""

    def __init__(self, get_response: Handler) -> None:
        self._inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._inner(request)
        response["Passed"] = f"{response.get('Passed', '')}{self.name}"
        return response

    def process_view(self, *_: Any) -> HttpResponse:
        return HttpResponse(self.name, status=403)


class Outer(Layer):
    name = "o"


class Inner(Layer):
    name = "i"


@pytest.mark.parametrize(
    ("path", "header", "through"),
    [
        ("/", None, True),
        ("/", "Bearer br_x", True),
        ("/apis", "Bearer br_x", True),
        ("/api/projects", None, True),
        ("/api/projects", "Bearer br_x", False),
        ("/api", "Basic anything", False),
    ],
)
def test_only_requests_of_the_api_with_a_credential_go_past(
    path: str, header: str | None, through: bool
) -> None:
    with override_settings(BR_SESSION_MIDDLEWARE=[f"{__name__}.Outer", f"{__name__}.Inner"]):
        middleware = SessionMiddleware(lambda _: HttpResponse())
    request = RequestFactory().get(path, headers={"Authorization": header} if header else {})
    response = middleware(request)
    refused = middleware.process_view(request, lambda _: HttpResponse(), (), {})
    assert response.get("Passed") == ("io" if through else None)
    # The outer one is asked first, as Django asks.
    assert (refused.content if isinstance(refused, HttpResponse) else None) == (
        b"o" if through else None
    )
    if not through:
        assert request.session.session_key is None
        assert not request.user.is_authenticated


def test_a_session_beside_a_key_neither_helps_nor_hinders(commits: None) -> None:
    tenant = make_tenant()
    client = Client(enforce_csrf_checks=True)
    client.force_login(tenant.person)
    address = f"/api/projects/{tenant.project_id}"
    content = {"data": {"title": "Renamed"}, "content_type": "application/json"}
    assert client.patch(address, **content).status_code == 403  # by the session, without CSRF token
    wrong = client.get(address, headers={"Authorization": "Bearer br_wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "key_invalid")
    good = client.patch(address, **content, headers={"Authorization": f"Bearer {tenant.key}"})
    assert good.status_code == 200
