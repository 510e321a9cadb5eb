"""Entity tags and the conditions that name them (RFC 9110, 8.8.3 and 13)."""

from __future__ import annotations

import re

from django.http import HttpRequest

from buildrunner.server.platform.errors import (
    DomainError,
    PreconditionFailed,
    PreconditionRequired,
)

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


class MalformedCondition(DomainError):
    """`If-Match` or `If-None-Match` is not a list of entity tags."""

    status = 400
    code = "malformed_condition"
    title = "The condition is not a list of entity tags"


def tags(header: str) -> list[str] | None:
    """The tags of a condition without quotes, `None` for `*`; weakness is dropped."""
    if header.strip() == "*":
        return None
    found, place = [], 0
    while place < len(header):
        match = _TAG.match(header, place)
        if match is None:
            raise MalformedCondition(f'{header!r}: write an entity tag as "1-abc", with quotes.')
        found.append(match[2])
        place = match.end()
    return found


def require_match(request: HttpRequest, current: str | None, *, required: bool = True) -> None:
    """Let the request through if its `If-Match` names the `current` tag (`None`: nothing yet).

    Raises `PreconditionRequired` without the header (unless not `required`), and
    `PreconditionFailed`, naming the current tag, when it names others.
    """
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise PreconditionRequired(
                "Send If-Match with the ETag of the version that you changed.", etag=current
            )
        return
    wanted = tags(header)
    fits = current is not None and (wanted is None or current in wanted)
    if not fits:
        raise PreconditionFailed(
            "The resource has changed since. Fetch it again, apply your change to it and send "
            "that with its ETag.",
            etag=current,
        )


def unchanged(request: HttpRequest, current: str) -> bool:
    """Whether `If-None-Match` already names the current tag, so that 304 will do."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    wanted = tags(header)
    return wanted is None or current in wanted
