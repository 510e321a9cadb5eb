"""Lists in pages: `{"items": […], "next_cursor": …}` with a `Link` header (RFC 8288)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from buildrunner.server.platform.errors import DomainError

DEFAULT_SIZE = 50
LARGEST = 200

Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """One page; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None = None


class Paging(Schema):
    """The query of every list."""

    cursor: str | None = Field(None, max_length=500, description="`next_cursor` of the page before")
    limit: int = Field(DEFAULT_SIZE, ge=1, le=LARGEST, description="Items a page")


PagingQuery = Annotated[Paging, Query()]


class WholePaging(Schema):
    """The query of a list that is short by nature: whole unless pages are asked for."""

    cursor: str | None = Field(None, max_length=500, description="`next_cursor` of the page before")
    limit: int | None = Field(None, ge=1, le=LARGEST, description="Items a page; without it all")


WholePagingQuery = Annotated[WholePaging, Query()]


class BadCursor(DomainError):
    """The cursor is not one that this server gave out."""

    status = 400
    code = "bad_cursor"
    title = "The cursor cannot be read"


def encode_cursor(*position: Any) -> str:
    """Opaque to clients: where the next page begins."""
    text = json.dumps(position, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """The position in a cursor, each part read by its kind (`UUID`, `int`); raises `BadCursor`."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts = json.loads(text)
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadCursor("Take next_cursor of the page before, or leave cursor out.") from None


def after_id(paging: Paging) -> UUID | None:
    """The position in a list that is ordered by id alone."""
    if paging.cursor is None:
        return None
    (position,) = decode_cursor(paging.cursor, UUID)
    return UUID(str(position))


def page(
    request: HttpRequest,
    response: HttpResponse,
    paging: Paging,
    found: Sequence[Item],
    position: Callable[[Item], Sequence[Any]],
) -> dict[str, Any]:
    """A page of rows that were asked for with one more than `limit`."""
    items = list(found[: paging.limit])
    following = None
    if len(found) > paging.limit:
        following = encode_cursor(*position(items[-1]))
        _link_next(request, response, following)
    return {"items": items, "next_cursor": following}


def whole_page(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePaging,
    items: Sequence[Item],
    *,
    name: str = "id",
    sort: str | None = None,
) -> dict[str, Any]:
    """A page of a list that is at hand as a whole. `name` is the field that tells items apart,
    `sort` a field, `-field` for the other way round; what has none of it comes last.

    Where the last item of the page before has gone meanwhile, the next begins at its place.
    """
    rows = list(items)
    if sort:
        field = sort.removeprefix("-")
        known = [row for row in rows if getattr(row, field) is not None]
        known.sort(key=lambda row: getattr(row, field), reverse=sort.startswith("-"))
        rows = known + [row for row in rows if getattr(row, field) is None]
    start = 0
    if paging.cursor is not None:
        place, last = decode_cursor(paging.cursor, int, str)
        names = [str(getattr(row, name)) for row in rows]
        start = names.index(last) + 1 if last in names else max(0, min(place, len(rows)))
    end = len(rows) if paging.limit is None else start + paging.limit
    following = None
    if end < len(rows):
        following = encode_cursor(end, str(getattr(rows[end - 1], name)))
        _link_next(request, response, following)
    return {"items": rows[start:end], "next_cursor": following}


def _link_next(request: HttpRequest, response: HttpResponse, cursor: str) -> None:
    query = request.GET.copy()
    query["cursor"] = cursor
    response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
