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
