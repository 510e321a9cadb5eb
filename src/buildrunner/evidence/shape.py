"""The members of each kind of record, as small functions (value, where) → what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Shape = Callable[[Any, str], str]
_TIME = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?Z\Z"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_OBJECT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\Z")
_KEY = re.compile(r"[0-9a-f]{16}\Z")


def _problem(where: str, words: str) -> str:
    return f"{where.removeprefix('.') or 'the record'} {words}"


def _members(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    known = {**required, **(optional or {})}

    def check(value: Any, where: str) -> str:
        if not isinstance(value, dict):
            return _problem(where, "is no object")
        for name in required:
            if name not in value:
                return _problem(f"{where}.{name}", "is missing")
        for name, member in value.items():
            shape = known.get(name)
            # What nobody reads must not ride along under a signature as if it were checked.
            problem = shape(member, f"{where}.{name}") if shape else ""
            if shape is None:
                return _problem(f"{where}.{name}", "is no member of such a record")
            if problem:
                return problem
        return ""

    return check


def _matching(pattern: re.Pattern[str], words: str) -> Shape:
    def check(value: Any, where: str) -> str:
        ok = isinstance(value, str) and pattern.match(value)
        return "" if ok else _problem(where, words)

    return check


def _text(most: int, least: int = 0) -> Shape:
    def check(value: Any, where: str) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            return _problem(where, f"is no text of {least} to {most} characters")
        return ""

    return check


def _one_of(*allowed: str) -> Shape:
    def check(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            return _problem(where, f"is {value!r}, not one of {', '.join(allowed)}")
        return ""

    return check


def _or_null(shape: Shape) -> Shape:
    return lambda value, where: "" if value is None else shape(value, where)


def _whole(least: int) -> Shape:
    def check(value: Any, where: str) -> str:
        if value.__class__ is not int or value < least:
            return _problem(where, f"is no whole number from {least}")
        return ""

    return check


def _bool(value: Any, where: str) -> str:
    return "" if value.__class__ is bool else _problem(where, "is neither true nor false")


def _texts(value: Any, where: str) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return _problem(where, "is no list of texts")
    return ""


_digest = _matching(_DIGEST, "is no sha256: digest")
_time = _matching(_TIME, "is no RFC 3339 time in UTC, such as 2026-01-31T09:00:00Z")
_object_name = _or_null(_matching(_OBJECT, "is no git object name"))

_criterion = _members(
    {"index": _or_null(_whole(0)), "text": _text(65_536), "digest": _digest},
)
_subject = _members({"paths": _texts, "digest": _digest})
_signature = _members(
    {
        "algorithm": _one_of("Ed25519"),
        "key": _matching(_KEY, "is no key id of 16 hex digits"),
        "public_key": _text(64, 1),
        "value": _text(128, 1),
    }
)
_evidence = _members(
    {
        "type": _text(64),
        "project": _or_null(_text(512)),
        "microstep": _text(512, 1),
        "criterion": _criterion,
        "check": _members(
            {"id": _text(512), "kind": _text(32), "digest": _digest, "origin": _text(512)}
        ),
        "subject": _subject,
        "commit": _object_name,
        "tree": _object_name,
        "dirty": _bool,
        "command": _or_null(_text(65_536)),
        "exit": _or_null(_whole(-(2**31))),
        "outcome": _one_of("passed", "failed", "error"),
        "reason": _text(4_096),
        "started_at": _time,
        "duration_ms": _whole(0),
        "output": _members({"digest": _digest, "bytes": _whole(0), "excerpt": _text(65_536)}),
        "runner": _members(
            {"class": _one_of("ci", "local"), "name": _text(512), "version": _text(64)},
            {"provider": _text(64), "run_url": _text(2_048)},
        ),
        "signature": _signature,
    }
)
_signoff = _members(
    {
        "type": _text(64),
        "project": _or_null(_text(512)),
        "microstep": _text(512, 1),
        "criterion": _criterion,
        "subject": _or_null(_subject),
        "commit": _object_name,
        "by": _members({"id": _text(512, 1), "name": _text(512), "role": _text(64)}),
        "self_attested": _bool,
        "note": _text(8_192),
        "at": _time,
        "signature": _signature,
    }
)

SHAPES: dict[str, Shape] = {
    "buildrunner.evidence/1": _evidence,
    "buildrunner.signoff/1": _signoff,
}
