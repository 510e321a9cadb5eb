"""Every error of the API is a problem document."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.http import HttpResponse

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant


def problem_of(response: HttpResponse, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, object] = json.loads(response.content)
    assert body["code"] == code
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-ID"]
    assert {"type", "title", "detail", "instance"} <= set(body)
    assert "Traceback" not in response.content.decode()
    return body


def test_nobody_is_told_how_to_sign_in(anonymous: Api) -> None:
    response = anonymous.get("/api/me")
    body = problem_of(response, 401, "not_signed_in")
    assert "br login" in str(body["detail"])
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["Bearer br_wrong", "Bearer ", "Basic YTpi", "br_naked", "Bearer br_ü", "Bearer " + "x" * 9000],
)
def test_a_bad_key_is_401_even_beside_a_good_session(tenant: Tenant, header: str) -> None:
    api = Api()
    api.client.force_login(tenant.person)
    assert api.get("/api/me").status_code == 200
    problem_of(api.get("/api/me", Authorization=header), 401, "key_invalid")


def test_unknown_address(api: Api) -> None:
    problem_of(api.get("/api/nothing"), 404, "not_found")
    problem_of(api.get("/api/projects/not-a-uuid"), 404, "not_found")


def test_wrong_method_names_the_right_ones(api: Api) -> None:
    response = api.delete("/api/projects")
    problem_of(response, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(response["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    "raw",
    [
        b" ",
        b"{",
        b"[]",
        b"null",
        b'{"title":"a"} {}',
        b'{"title":"a","title":"b"}',
        b'{"title":NaN}',
        b"\xff\xfe",
        b'{"a":' * 100_00 + b"1" + b"}" * 100_00,
        b'{"title":"\\u0000"}',
        b'{"title":"\\ud800"}',
        b'{"title":{"\\udfff":1}}',
    ],
)
def test_malformed_bodies(api: Api, raw: bytes) -> None:
    problem_of(api.call("POST", "/api/projects", raw=raw), 400, "malformed_json")


def test_a_missing_body_is_a_missing_field(api: Api) -> None:
    problem_of(api.call("POST", "/api/projects", raw=b""), 422, "invalid_request")


def test_a_syntax_error_has_its_place(api: Api) -> None:
    body = problem_of(
        api.call("POST", "/api/projects", raw=b'{\n  "title": oops\n}'), 400, "malformed_json"
    )
    assert body["line"] == 2


def test_large_bodies(api: Api) -> None:
    raw = json.dumps({"title": "x" * 300_000}).encode()
    problem_of(api.call("POST", "/api/projects", raw=raw), 413, "body_too_large")


def test_other_media_types(api: Api) -> None:
    response = api.client.generic(
        "POST",
        "/api/projects",
        b"title=x",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {api.key}"},
    )
    problem_of(response, 415, "unsupported_media_type")


def test_validation_names_each_field(api: Api) -> None:
    body = problem_of(
        api.post("/api/projects", {"title": "", "org_id": "x", "role": "owner"}),
        422,
        "invalid_request",
    )
    errors = {error["pointer"]: error for error in body["errors"]}  # type: ignore[attr-defined]
    assert set(errors) == {"/title", "/org_id", "/role"}
    assert errors["/org_id"]["field"] == "org_id"
    assert errors["/org_id"]["in"] == "body"


@pytest.mark.parametrize("title", ["a\nb", "\x7f", "   ", "x" * 201, 5, None])
def test_titles_are_one_line(api: Api, title: object) -> None:
    problem_of(api.post("/api/projects", {"title": title}), 422, "invalid_request")


@pytest.mark.parametrize("query", ["cursor=%21", "cursor=bnVsbA", "cursor=WzFd", "cursor=WyJ4Il0"])
def test_bad_cursors(api: Api, query: str) -> None:
    problem_of(api.get(f"/api/projects?{query}"), 400, "bad_cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1000", "org_id=1"])
def test_bad_queries(api: Api, query: str) -> None:
    problem_of(api.get(f"/api/projects?{query}"), 422, "invalid_request")


def test_nul_is_refused_at_the_edge(api: Api) -> None:
    problem_of(api.get("/api/projects?cursor=%00"), 400, "bad_request")
    problem_of(api.get("/api/%00"), 400, "bad_request")


def test_a_bug_is_a_500_with_its_id_and_no_trace(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret innards")

    monkeypatch.setattr(tenancy, "list_projects", broken)
    response = api.get("/api/projects")
    body = problem_of(response, 500, "internal_error")
    assert "innards" not in response.content.decode()
    assert str(body["request_id"]) in caplog.text
    assert "innards" in caplog.text


def test_a_proxys_request_id_is_kept_if_harmless(api: Api) -> None:
    assert api.get("/api/me", X_Request_ID="abc-12345")["X-Request-ID"] == "abc-12345"
    assert api.get("/api/me", X_Request_ID='"><script>')["X-Request-ID"] != '"><script>'


def test_strangers_and_nothing_look_the_same(api: Api, stranger: Tenant) -> None:
    missing = uuid4()
    theirs = problem_of(api.get(f"/api/projects/{stranger.project_id}"), 404, "project_not_found")
    none = problem_of(api.get(f"/api/projects/{missing}"), 404, "project_not_found")
    assert str(theirs["detail"]).replace(str(stranger.project_id), str(missing)) == none["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=" + "a" * 200_000,
        "&".join(f"x{number}=1" for number in range(5_000)),
        "limit=5&" * 1_500,
        "org_id=%ff%fe",
        "cursor=%ed%a0%80",
        "%ff=%ff",
        "limit=%EF%BC%95",
        "limit=1e3",
        "limit=",
        "archived=maybe",
        "cursor[]=a&cursor[x]=b",
    ],
)
def test_no_query_is_a_failure(api: Api, query: str) -> None:
    for path in ("/api/projects", "/api/keys", "/api/me"):
        answer = api.get(f"{path}?{query}")
        assert answer.status_code in {200, 400, 414, 422}, answer.content[:200]
        if answer.status_code != 200:
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("If_Match", "x" * 60_000),
        ("If_None_Match", '"' + "a" * 60_000),
        ("If_Match", '"a",' * 5_000),
        ("Idempotency_Key", "\xff\xfe"),
        ("X_CSRFToken", "\x00"),
        ("Accept", "application/xml"),
        ("Content_Length", "-5"),
        ("Range", "bytes=0-1"),
    ],
)
def test_no_header_is_a_failure(api: Api, name: str, value: str) -> None:
    for answer in (
        api.get("/api/projects", **{name: value}),
        api.post("/api/projects", {"title": "x"}, **{name: value}),
    ):
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
