"""Request bodies: how large, what JSON, and which text PostgreSQL can keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja import Schema
from ninja.parser import Parser
from pydantic import AfterValidator, ConfigDict, StringConstraints

from buildrunner.server.platform.errors import DomainError
from buildrunner.spec.document import loads
from buildrunner.spec.errors import PlanSyntaxError

DEFAULT_LIMIT = 256 * 1024


class BodyTooLarge(DomainError):
    """The body is larger than this address takes."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class MalformedJson(DomainError):
    """The body is not one JSON object in UTF-8."""

    status = 400
    code = "malformed_json"
    title = "The body is not a JSON object"


class UnsupportedMediaType(DomainError):
    """The body is announced as something else than JSON."""

    status = 415
    code = "unsupported_media_type"
    title = "Send application/json"


def read_body(request: HttpRequest, *, limit: int = DEFAULT_LIMIT) -> bytes:
    """The raw body; raises `BodyTooLarge` before reading what announces itself as larger."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    try:
        body = b"" if announced > limit else request.body
    except RequestDataTooBig:
        announced = limit + 1
        body = b""
    if announced > limit or len(body) > limit:
        raise BodyTooLarge(
            f"The body has {max(announced, len(body)):,} bytes; this address takes {limit:,}.",
            limit=limit,
        )
    return body


def read_object(request: HttpRequest, *, limit: int = DEFAULT_LIMIT) -> dict[str, Any]:
    """The JSON object of a body, without what cannot be stored.

    Raises `MalformedJson` with line and column, also for members named twice, NaN, NUL characters
    and halves of surrogate pairs.
    """
    media_type = request.content_type or "application/json"
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaType(f"The body is announced as {media_type}.")
    body = read_body(request, limit=limit)
    try:
        value = loads(body)
    except PlanSyntaxError as error:
        raise MalformedJson(
            str(error), line=error.line, column=error.column, hint=error.hint
        ) from None
    if b"\\u" in body or b"\x00" in body:
        _refuse_unstorable(value)
    return value


def _refuse_unstorable(value: dict[str, Any]) -> None:
    """Escapes can spell characters that UTF-8 and PostgreSQL cannot hold."""
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        pointer, item = pending.pop()
        if isinstance(item, str):
            if "\x00" in item or not _encodes(item):
                raise MalformedJson(
                    f"The text at {pointer or '/'} holds a NUL or half a surrogate pair.",
                    pointer=pointer,
                )
        elif isinstance(item, dict):
            pending.extend((pointer, key) for key in item)
            pending.extend((f"{pointer}/{key}", member) for key, member in item.items())
        elif isinstance(item, list):
            pending.extend((f"{pointer}/{place}", member) for place, member in enumerate(item))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class JsonParser(Parser):
    """ninja's hook for bodies. `limits` maps patterns of paths to bytes, others get the default."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = [(re.compile(pattern), limit) for pattern, limit in limits.items()]

    def limit_of(self, path: str) -> int:
        """The largest body an address takes, in bytes."""
        fitting = (limit for pattern, limit in self._limits if pattern.fullmatch(path))
        return next(fitting, DEFAULT_LIMIT)

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """One JSON object under the limit of its address."""
        return read_object(request, limit=self.limit_of(request.path))


class Body(Schema):
    """Base of request bodies: members that are not declared are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _one_line(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("must be one line without control characters")
    return text


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True),
    AfterValidator(_one_line),
]
Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_one_line),
]
