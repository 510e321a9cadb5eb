"""Entity tags, cursors and paging."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.platform.errors import PreconditionFailed, PreconditionRequired
from buildrunner.server.platform.http.etags import (
    MalformedCondition,
    require_match,
    tags,
    unchanged,
)
from buildrunner.server.platform.http.pagination import BadCursor, decode_cursor, encode_cursor
from factories import Api, Tenant, make_project


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('"1-abc"', ["1-abc"]),
        ('W/"1-abc"', ["1-abc"]),
        ('"a", "b,c" ,W/"d"', ["a", "b,c", "d"]),
        ("*", None),
    ],
)
def test_tags(header: str, found: list[str] | None) -> None:
    assert tags(header) == found


@pytest.mark.parametrize("header", ["1-abc", '"a', '"a" "b"', "'a'"])
def test_broken_tags(header: str) -> None:
    with pytest.raises(MalformedCondition):
        tags(header)


def test_if_match() -> None:
    factory = RequestFactory()
    require_match(factory.put("/", headers={"If-Match": '"2"'}), "2")
    require_match(factory.put("/", headers={"If-Match": "*"}), "2")
    require_match(factory.put("/"), "2", required=False)
    with pytest.raises(PreconditionRequired):
        require_match(factory.put("/"), "2")
    for header, current in (('"1"', "2"), ("*", None), ('"1"', None)):
        with pytest.raises(PreconditionFailed):
            require_match(factory.put("/", headers={"If-Match": header}), current)


def test_if_none_match() -> None:
    factory = RequestFactory()
    assert unchanged(factory.get("/", headers={"If-None-Match": '"1", W/"2"'}), "2")
    assert not unchanged(factory.get("/", headers={"If-None-Match": '"1"'}), "2")
    assert not unchanged(factory.get("/"), "2")


@given(st.text(max_size=40))
def test_no_text_breaks_the_cursor(text: str) -> None:
    try:
        decode_cursor(text, UUID, int)
    except BadCursor:
        return


def test_cursor_comes_back() -> None:
    one = uuid4()
    assert decode_cursor(encode_cursor(one, 7), UUID, int) == [one, 7]


def test_a_list_walks_through_all_pages_once(api: Api, tenant: Tenant) -> None:
    made = [make_project(tenant.person, title=f"p{n}").id for n in range(6)]
    expected = [str(one) for one in reversed([tenant.project_id, *made])]
    seen: list[str] = []
    path = "/api/projects?limit=3"
    for _ in range(3):
        response = api.get(path)
        body = response.json()
        seen += [item["id"] for item in body["items"]]
        if body["next_cursor"] is None:
            assert "Link" not in response
            break
        assert body["next_cursor"] in response["Link"]
        path = response["Link"].split(">")[0].lstrip("<")
        assert "limit=3" in path
    assert seen == expected


def test_a_short_list_comes_whole_or_in_pages(api: Api, tenant: Tenant) -> None:
    for letter in "cab":
        api.post("/api/keys", {"name": letter, "scopes": ["planner.read"]})
    whole = api.get("/api/keys")
    assert "Link" not in whole
    assert len(whole.json()["items"]) == 4
    names, path = [], "/api/keys?limit=2&sort=name"
    while path:
        page = api.get(path)
        names += [item["name"] for item in page.json()["items"]]
        assert len(names) <= 4
        path = page["Link"].split(">")[0].lstrip("<") if "Link" in page else ""
    assert names == sorted(names, key=str)
    assert len(names) == 4
    reverse = api.get("/api/keys?sort=-name").json()["items"]
    assert [item["name"] for item in reverse] == names[::-1]
    for bad in ("sort=secret", "limit=0", "cursor=x"):
        assert api.get(f"/api/keys?{bad}").status_code in {400, 422}


def test_a_page_goes_on_where_its_last_item_was(api: Api) -> None:
    for letter in "abcd":
        api.post("/api/keys", {"name": letter, "scopes": ["planner.read"]})
    first = api.get("/api/keys?limit=2&sort=name").json()
    api.delete(f"/api/keys/{first['items'][1]['id']}")
    cursor = first["next_cursor"]
    second = api.get(f"/api/keys?limit=9&sort=name&cursor={cursor}").json()
    seen = [item["name"] for item in (*first["items"], *second["items"])]
    assert len(seen) >= 4
    assert len(set(seen)) == len(seen)


def test_lists_are_filtered_by_the_names_of_fields(api: Api, tenant: Tenant) -> None:
    assert len(api.get("/api/orgs?role=owner").json()["items"]) == 1
    assert api.get("/api/orgs?role=member").json()["items"] == []
    assert api.get("/api/orgs?role=king").status_code == 422
    claims = f"/api/projects/{tenant.project_id}/claims"
    assert api.get(f"{claims}?holder=nobody&sort=-expires_at").json()["items"] == []
