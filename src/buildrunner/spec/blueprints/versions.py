"""Semantic versions and ranges of them: what a pack requires of another."""

from __future__ import annotations

import re

_VERSION = re.compile(
    r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?\Z"
)
_TERM = re.compile(r"(>=|<=|>|<|=|\^|~)?(\S+)\Z")
_LONGEST = 100

Key = tuple[int, int, int, tuple[tuple[int, int, str], ...]]


def key(version: str) -> Key | None:
    """The precedence of a version (Semantic Versioning 2.0.0, section 11); None if it is none."""
    found = _VERSION.match(version) if len(version) <= _LONGEST else None
    if found is None:
        return None
    parts: tuple[tuple[int, int, str], ...] = ((2, 0, ""),)
    if found[4]:
        parts = tuple(
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in found[4].split(".")
        )
    return int(found[1]), int(found[2]), int(found[3]), parts


def is_range(text: str) -> bool:
    """Whether a text is a range: comparisons joined by spaces, `^`, `~`, or `*`."""
    return _terms(text) is not None


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version lies in a range; never for what is no version or no range."""
    mine, terms = key(version), _terms(wanted)
    if mine is None or terms is None:
        return False
    return all(_holds(sign, mine, bound) for sign, bound in terms)


def _terms(text: str) -> list[tuple[str, Key]] | None:
    if len(text) > _LONGEST:
        return None
    if text.strip() in ("", "*"):
        return []
    terms: list[tuple[str, Key]] = []
    for word in text.split():
        found = _TERM.match(word)
        bound = key(_completed(found[2])) if found else None
        if found is None or bound is None:
            return None
        terms.append((found[1] or "=", bound))
    return terms


def _completed(version: str) -> str:
    """`1` and `1.2` stand for `1.0.0` and `1.2.0`."""
    return version + ".0" * (2 - version.count(".")) if version.count(".") < 2 else version


def _holds(sign: str, mine: Key, bound: Key) -> bool:
    if sign == "^":
        place = next((at for at in range(3) if bound[at]), 2)
        return mine >= bound and mine[: place + 1] == bound[: place + 1]
    if sign == "~":
        return mine >= bound and mine[:2] == bound[:2]
    outcomes: dict[str, bool] = {
        ">=": mine >= bound,
        "<=": mine <= bound,
        ">": mine > bound,
        "<": mine < bound,
        "=": mine == bound,
    }
    return outcomes[sign]
