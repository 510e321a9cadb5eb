"""What the links of a comment lead to, told by their addresses alone: nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from markdown_it import MarkdownIt

MOST: Final = 8
_URL = re.compile(r"https?://[^\s<>\"'`\\^{}|]{3,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]}*_"
# `src/app.py:42` or `src/app.py:42-50`, in code or in words.
_FILE = re.compile(
    r"(?<![\w/@:.-])((?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,9}):(\d{1,7})(?:-(\d{1,7}))?(?![\w/])"
)


class Link(NamedTuple):
    """A place that a comment names. `kind` and the parts that its address tells: `where` is the
    repository or host, `name` the number, path or id; `url` is empty where it has none."""

    kind: str
    where: str
    name: str
    url: str = ""


def links_in(text: str) -> list[Link]:
    """The places that a comment names, each once, in order; what is no known kind is left out."""
    found: dict[tuple[str, str, str], Link] = {}
    for one in _places(text):
        if one is not None and len(found) < MOST:
            found.setdefault(one[:3], one)
    return list(found.values())


def _places(text: str) -> Iterator[Link | None]:
    for token in MarkdownIt("commonmark").parse(text):
        for child in token.children or ():
            yield from _in_token(child)


def _in_token(token: Any) -> Iterator[Link | None]:
    if token.type == "link_open":
        yield _read(str(token.attrs.get("href", "")))
    elif token.type in ("text", "code_inline"):
        for found in _URL.finditer(token.content):
            yield _read(found[0].rstrip(_TRAILING))
        for found in _FILE.finditer(_URL.sub(" ", token.content)):
            last = f"-{found[3]}" if found[3] else ""
            yield Link("file", "", f"{found[1]}:{found[2]}{last}")


def _read(url: str) -> Link | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        return None
    if parts.username or parts.password or not parts.path.isprintable():
        return None  # `https://github.com@evil.example/…` names nobody
    if parts.scheme not in ("http", "https") and (
        parts.scheme or parts.netloc or not url.startswith("/")
    ):
        return None
    for kind, pattern in _ADDRESSES:
        if match := pattern.fullmatch(unquote(parts.path).rstrip("/")):
            return _link(kind, match, parts, host, url)
    return None


def _link(kind: str, match: re.Match[str], parts: SplitResult, host: str, url: str) -> Link | None:
    groups = match.groupdict()
    if kind in _OWN:
        return Link(kind, f"{host}{_port(parts)}/{groups['project']}", groups["name"], url)
    if not host:
        return None
    where = f"{host}/{groups['repo']}" if groups.get("repo") else host
    name = groups["name"]
    if kind == "file":
        lines = re.fullmatch(r"L(\d{1,7})(?:C\d+)?(?:-L?(\d{1,7})(?:C\d+)?)?", parts.fragment)
        if lines:
            name += f":{lines[1]}" + (f"-{lines[2]}" if lines[2] else "")
    return Link(kind, where, name, url)


def _port(parts: SplitResult) -> str:
    try:
        return f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""


_REPO = r"/(?P<repo>[\w.-]+(?:/[\w.-]+){1,5}?)"
_MINE = r"/projects/(?P<project>[0-9a-f-]{36})"
_OWN: Final = frozenset({"plan", "check_run", "change_request", "revision"})
_ADDRESSES: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("plan", _MINE + r"/plan/items/(?P<name>[^/]{1,512})"),
        ("check_run", _MINE + r"/tests/records/(?P<name>[0-9a-f]{64})"),
        ("change_request", _MINE + r"/governance/requests/(?P<name>\d{1,9})"),
        ("revision", _MINE + r"/history/(?P<name>\d{1,9})"),
        ("pull_request", _REPO + r"/pull/(?P<name>\d{1,9})(?:/\w+)*"),
        ("pull_request", _REPO + r"/-/merge_requests/(?P<name>\d{1,9})(?:/\w+)*"),
        ("pull_request", _REPO + r"/pull-requests/(?P<name>\d{1,9})(?:/\w+)*"),
        ("issue", _REPO + r"(?:/-)?/issues/(?P<name>\d{1,9})"),
        ("issue", r"/browse/(?P<name>[A-Z][A-Z0-9_]{1,15}-\d{1,9})"),
        ("file", _REPO + r"(?:/-)?/blob/[^/]{1,250}/(?P<name>.{1,500})"),
        ("test_run", _REPO + r"/actions/runs/(?P<name>\d{1,15})(?:/\w+)*"),
        ("test_run", _REPO + r"/-/(?:pipelines|jobs)/(?P<name>\d{1,15})(?:/\w+)*"),
        ("test_run", r"/pipelines" + _REPO + r"/(?P<name>\d{1,15})(?:/workflows/.{1,200})?"),
    )
)
