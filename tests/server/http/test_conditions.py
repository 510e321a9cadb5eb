"""Entity tags on every resource, `If-Match` on every change, deprecations announced."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.http.deprecation import announcements, deprecated
from factories import Api, Tenant, make_tenant


def test_a_copy_that_is_current_is_not_sent_again(api: Api, tenant: Tenant) -> None:
    for path in ("/api/me", "/api/projects", f"/api/projects/{tenant.project_id}"):
        first = api.get(path)
        tag = first["ETag"]
        assert first["Cache-Control"] == "private, no-cache"
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            same = api.get(path, If_None_Match=given)
            assert same.status_code == 304
            assert same.content == b""
            assert same["ETag"] == tag
        assert api.get(path, If_None_Match='"other"').status_code == 200
        assert api.get(path, If_None_Match="other").json()["code"] == "malformed_condition"


def test_a_change_names_what_it_changes(api: Api, tenant: Tenant) -> None:
    path = f"/api/projects/{tenant.project_id}"
    tag = api.get(path)["ETag"]
    assert api.patch(path, {"title": "First"}, If_Match=tag).status_code == 200
    stale = api.patch(path, {"title": "Second"}, If_Match=tag)
    assert stale.status_code == 412
    assert stale.json()["code"] == "precondition_failed"
    assert api.get(path).json()["title"] == "First"
    assert f'"{stale.json()["etag"]}"' == api.get(path)["ETag"]
    assert api.patch(path, {"title": "Third"}, If_Match="*").status_code == 200
    assert api.patch(path, {"title": "Fourth"}).status_code == 200
    assert api.patch(path, {"title": "x"}, If_Match="broken").status_code == 400


def test_a_condition_tells_a_stranger_nothing(tenant: Tenant, stranger: Tenant) -> None:
    path = f"/api/projects/{tenant.project_id}"
    tag = Api(tenant.key).get(path)["ETag"]
    for given in (tag, '"wrong"', "*"):
        refused = Api(stranger.key).patch(path, {"title": "x"}, If_Match=given)
        assert refused.status_code == 404
        assert refused.json()["code"] == "project_not_found"


def test_what_has_no_tag_meets_no_condition(api: Api, tenant: Tenant) -> None:
    refused = api.delete(f"/api/keys/{tenant.key_id}", If_Match='"x"')
    assert refused.status_code == 412
    assert api.get("/api/me").status_code == 200


def test_a_repeated_change_is_answered_before_its_condition(api: Api, tenant: Tenant) -> None:
    path = f"/api/projects/{tenant.project_id}"
    tag = api.get(path)["ETag"]
    first = api.patch(path, {"title": "Once"}, If_Match=tag, Idempotency_Key="c")
    again = api.patch(path, {"title": "Once"}, If_Match=tag, Idempotency_Key="c")
    assert first.status_code == again.status_code == 200
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("keyed", [False, True])
def test_of_two_changes_of_one_version_one_wins(
    commits: None, monkeypatch: pytest.MonkeyPatch, keyed: bool
) -> None:
    """The other commits after the comparison and before the change."""
    tenant = make_tenant()
    api = Api(tenant.key)
    path = f"/api/projects/{tenant.project_id}"
    tag = api.get(path)["ETag"]
    compared, go_on = threading.Event(), threading.Event()
    working = tenancy.rename_project

    def held(*arguments: Any, **named: Any) -> Any:
        if named["title"] == "Slow":
            compared.set()
            assert go_on.wait(20)
        return working(*arguments, **named)

    monkeypatch.setattr(tenancy, "rename_project", held)
    headers = {"Idempotency_Key": "race"} if keyed else {}

    def slow() -> Any:
        try:
            return api.patch(path, {"title": "Slow"}, If_Match=tag, **headers)
        finally:
            with suppress(Exception):
                connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow)
        assert compared.wait(20)
        assert api.patch(path, {"title": "Quick"}).status_code == 200  # pages send no If-Match
        go_on.set()
        assert running.result(20).status_code == 412
    assert api.get(path).json()["title"] == "Quick"


def test_a_deprecated_route_says_so_in_every_answer() -> None:
    @deprecated(
        "2026-03-01",
        sunset="2026-09-01",
        link="https://example.org/changes",
        successor="/api/new",
    )
    def view(request: HttpRequest, number: int) -> HttpResponse:
        """Old."""
        response = HttpResponse(str(number))
        response["Link"] = '</x>; rel="next"'
        return response

    answer = announcements(lambda request: view(request, 7))(HttpRequest())
    assert answer["Deprecation"] == "@1772323200"
    assert answer["Sunset"] == "Tue, 01 Sep 2026 00:00:00 GMT"
    assert answer["Link"] == (
        '</x>; rel="next", <https://example.org/changes>; rel="deprecation"; type="text/html", '
        '</api/new>; rel="successor-version"'
    )
    assert view.__doc__ == "Old."
    other = announcements(lambda _: HttpResponse())(HttpRequest())
    assert "Deprecation" not in other
