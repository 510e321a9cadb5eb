"""What a browser gets: policy, error pages, CSRF."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client

from buildrunner.server.platform.http import pages
from buildrunner.server.platform.http.middleware import POLICY
from factories import Api, Tenant


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in POLICY
    for rule in (
        "default-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert rule in POLICY


@pytest.mark.parametrize("path", ["/api/me", "/api/docs", "/nothing/here", "/api/nothing"])
@pytest.mark.django_db
def test_every_answer_carries_the_policy(path: str) -> None:
    response = Client().get(path)
    assert response["Content-Security-Policy"] == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Request-ID"]


@pytest.mark.django_db
def test_an_absent_page_is_a_page() -> None:
    response = Client().get("/nothing/here")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
    assert "Nothing is here" in response.content.decode()


def test_the_500_page_needs_no_database(rf: object) -> None:
    request = rf.get("/x")  # type: ignore[attr-defined]
    request.request_id = "abc"
    response: HttpResponse = pages.server_error(request)
    assert response.status_code == 500
    assert "abc" in response.content.decode()


@pytest.fixture
def signed_in(tenant: Tenant) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(tenant.person)
    return client


def post(client: Client, **headers: str) -> HttpResponse:
    return client.post(
        "/api/projects", {"title": "x"}, content_type="application/json", headers=headers
    )


def test_a_session_reads_but_needs_a_token_to_write(signed_in: Client) -> None:
    assert signed_in.get("/api/me").status_code == 200
    refused = post(signed_in)
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf_failed"
    token = "a" * 32
    signed_in.cookies["buildrunner_csrf"] = token
    assert post(signed_in, **{"X-CSRFToken": token}).status_code == 201
    assert post(signed_in, **{"X-CSRFToken": "b" * 32}).status_code == 403


def test_a_foreign_origin_is_refused_with_the_right_token(signed_in: Client) -> None:
    token = "a" * 32
    signed_in.cookies["buildrunner_csrf"] = token
    refused = post(signed_in, **{"X-CSRFToken": token, "Origin": "https://evil.test"})
    assert refused.status_code == 403


def test_a_key_needs_no_token(tenant: Tenant) -> None:
    client = Client(enforce_csrf_checks=True)
    response = post(client, Authorization=f"Bearer {tenant.key}")
    assert response.status_code == 201


def test_a_session_is_sent_once_signed_out_it_is_worth_nothing(tenant: Tenant) -> None:
    api = Api()
    api.client.force_login(tenant.person)
    cookie = api.client.cookies["buildrunner_session"].value
    api.client.logout()
    api.client.cookies["buildrunner_session"] = cookie
    assert api.get("/api/me").status_code == 401


def test_a_deactivated_person_is_out_at_once(tenant: Tenant) -> None:
    api = Api()
    api.client.force_login(tenant.person)
    tenant.person.is_active = False
    tenant.person.save()
    assert api.get("/api/me").status_code == 401
    assert Api(tenant.key).get("/api/me").status_code == 401
