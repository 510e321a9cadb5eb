"""Patterns of a policy: regular expressions that run in linear time, and paths as in .gitignore.

A path is judged in the form in which the laxest file system would find it: case folded, Unicode
composed, without invisible characters, `.` and `..` walked. So no spelling of a protected path
slips through.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

LONGEST_PATTERN = 1000
_CHUNK = 100


class PatternError(ValueError):
    """A regular expression that RE2 does not take; the message is RE2's."""


@lru_cache(maxsize=512)
def expression(pattern: str) -> Any:
    """The compiled pattern, with `search`. Raises PatternError."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 16 << 20
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"longer than {LONGEST_PATTERN} characters")
    try:
        return re2.compile(pattern.encode("utf-8", "replace").decode(), options=options)
    except re2.error as error:
        words = error.args[0] if error.args else error
        words = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        raise PatternError(words) from None


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text."""
    clean = text.encode("utf-8", "replace").decode()
    return expression(pattern).search(clean) is not None


@lru_cache(maxsize=8192)
def canonical(path: str) -> str:
    """The path in the one form that paths are compared in; never begins with a slash."""
    path = path.replace("\\", "/").encode("utf-8", "backslashreplace").decode()
    parts: list[str] = []
    for part in _folded(path).split("/"):
        part = part.partition("::$")[0]  # NTFS opens the same file by its stream's name
        stripped = part if set(part) <= {"."} else part.rstrip(" .")
        if stripped in ("", "."):
            continue
        if stripped == "..":
            if parts:
                parts.pop()
            continue
        parts.append(stripped)
    return "/".join(parts)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Mn"))
    return unicodedata.normalize("NFKC", text)


def path_matches(pattern: str, path: str) -> bool:
    """Whether a .gitignore-like pattern covers a path, or a folder that the path lies in."""
    return path_expression(pattern).search("/" + canonical(path)) is not None


def covers_below(pattern: str, path: str) -> bool:
    """Whether something below `path`, were it a folder, could be what the pattern names.

    True for a link or submodule that takes the place of a folder with protected files.
    """
    folder = canonical(path)
    literal = _literal_head(pattern)
    return bool(folder) and literal.startswith(folder + "/")


class Paths:
    """Many path patterns asked at once.

    Most paths match none: one expression for a hundred patterns says so. (RE2's own sets are not
    used, since a set that runs out of memory answers like one that does not match.)
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = list(patterns)
        self._chunks = [
            (start, _any_of(self.patterns[start : start + _CHUNK]))
            for start in range(0, len(self.patterns), _CHUNK)
        ]
        heads = (_literal_head(pattern) for pattern in self.patterns)
        self._above = {
            "/".join(parts[:end])
            for parts in ([part for part in head.split("/") if part] for head in heads)
            for end in range(1, len(parts) + 1)
        }

    def matching(self, path: str) -> list[int]:
        """The numbers of the patterns that cover a path, ascending."""
        found: list[int] = []
        asked = "/" + canonical(path)
        for start, combined in self._chunks:
            if combined.search(asked) is not None:
                chunk = enumerate(self.patterns[start : start + _CHUNK], start)
                found += [n for n, each in chunk if path_expression(each).search(asked) is not None]
        return found

    def may_touch(self, path: str) -> bool:
        """Whether a pattern covers the path, or names something that could lie below it."""
        return canonical(path) in self._above or bool(self.matching(path))


def _any_of(patterns: Sequence[str]) -> Any:
    return expression_unbounded("|".join(f"(?:{path_source(each)})" for each in patterns))


def _literal_head(pattern: str) -> str:
    """The folders a pattern begins with, up to the first wildcard; "" where it may be anywhere."""
    if "/" not in pattern.rstrip("/"):
        return ""
    head: list[str] = []
    for part in _split(pattern):
        if any(mark in part for mark in "*?["):
            return "/".join(head) + "/"
        head.append(part)
    return "/".join(head)


def _split(pattern: str) -> list[str]:
    return [part for part in _folded(pattern).split("/") if part not in ("", ".")]


@lru_cache(maxsize=4096)
def path_expression(pattern: str) -> Any:
    """The compiled path pattern, to be searched in "/" + canonical path."""
    return expression_unbounded(path_source(pattern))


def path_source(pattern: str) -> str:
    """The regular expression of a path pattern."""
    parts = _split(pattern)
    anchored = "/" in pattern.strip().rstrip("/")
    written = "(?s)^" if anchored or parts[:1] == ["**"] else "(?s)^(?:/.*)?"
    for number, part in enumerate(parts):
        if part == "**":
            last = number == len(parts) - 1
            written += "/.+" if last else "(?:/[^/]+)*"
        else:
            written += "/" + _segment(part)
    return written + "(?:/|$)"


@lru_cache(maxsize=4096)
def expression_unbounded(pattern: str) -> Any:
    """A pattern we wrote ourselves, of any length."""
    import re2

    return re2.compile(pattern)


def _segment(part: str) -> str:
    import re2

    written, at = "", 0
    while at < len(part):
        letter = part[at]
        if letter == "*":
            written += "[^/]*"
        elif letter == "?":
            written += "[^/]"
        elif letter == "[" and "]" in part[at + 2 :]:
            end = part.index("]", at + 2)
            inside = part[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            written += "[" + ("^" + inside[1:] if inside[:1] in "!^" else inside) + "]"
            at = end
        else:
            written += re2.escape(letter)
        at += 1
    return written


def branch_matches(pattern: str, branch: str) -> bool:
    """Whether a branch pattern such as `main`, `feature/*` or `release/**` is the branch's."""
    written = "".join(
        ".*" if part == "**" else "[^/]*" if part == "*" else _quoted(part)
        for part in _wildcards(pattern)
    )
    clean = branch.encode("utf-8", "replace").decode()
    return expression_unbounded(f"(?s)^{written}$").search(clean) is not None


def _wildcards(pattern: str) -> list[str]:
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            parts.append("**")
            at += 2
        else:
            parts.append(pattern[at])
            at += 1
    return parts


def _quoted(text: str) -> str:
    import re2

    return "[^/]" if text == "?" else str(re2.escape(text))
