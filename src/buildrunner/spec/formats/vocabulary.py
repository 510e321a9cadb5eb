"""The words other tools use for status, priority and the like, in ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

STATUS_WORDS = {
    "todo": "todo pending open new backlog planned proposed unstarted ready queued "
    "not-started to-do draft accepted triage",
    "doing": "doing in-progress inprogress started active wip review in-review reviewing testing "
    "qa ongoing working partial current implementing",
    "blocked": "blocked deferred cancelled canceled on-hold hold waiting paused postponed "
    "wontfix won-t-fix wont-do won-t-do stuck icebox abandoned rejected obsolete duplicate",
    "done": "done completed complete closed finished resolved released merged shipped x yes true "
    "verified fixed",
}
_STATUS = {word: status for status, words in STATUS_WORDS.items() for word in words.split()}
# Words whose meaning "doing" or "blocked" does not carry whole; the source's own word is kept.
INEXACT = frozenset(
    (
        *("review", "in-review", "reviewing", "deferred", "postponed", "icebox", "cancelled"),
        *("canceled", "wontfix", "won-t-fix", "wont-do", "won-t-do", "abandoned", "rejected"),
        *("obsolete", "duplicate"),
    )
)
_PRIORITY = {
    "P1": "p0 p1 critical highest urgent high blocker must major 1 must-have asap",
    "P2": "p2 medium normal moderate default should 2 should-have med",
    "P3": "p3 p4 low lowest minor trivial could wont won-t 3 4 could-have nice-to-have optional",
}
_PRIORITIES = {word: level for level, words in _PRIORITY.items() for word in words.split()}
RISKS = ("low", "medium", "high", "critical")

_NOT_WORD = re.compile(r"[\W_]+")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")


def _word(value: Any) -> str:
    return _NOT_WORD.sub("-", str(value).strip().casefold()).strip("-")


def status(value: Any) -> tuple[str, str] | None:
    """(our status, the source's word where ours says less than it); None for an unknown word."""
    word = _word(value)
    ours = _STATUS.get(word)
    return None if ours is None else (ours, word if word in INEXACT else "")


def priority(value: Any) -> str | None:
    """P1, P2 or P3; None for an unknown word. Tools with five levels share the outer ones."""
    return _PRIORITIES.get(_word(value))


def risk(value: Any) -> str | None:
    """low, medium, high or critical; None for an unknown word."""
    word = _word(value)
    return word if word in RISKS else None


def whole(value: Any, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`, from a number or its text; else None."""
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return int(number) if number.is_integer() and low <= number <= high else None


def criteria(values: Iterable[Any]) -> list[str]:
    """Trimmed, without empty and repeated ones, in order."""
    seen: dict[str, None] = {}
    for value in values:
        text = " ".join(str(value).split())
        if text:
            seen.setdefault(text)
    return list(seen)


def criteria_of_text(text: str) -> list[str]:
    """Criteria in a free text: one a bullet where there are bullets, else one a paragraph.

    Lines without a bullet in a bulleted text belong to the bullet above them, or introduce
    the list; an introduction that ends with a colon says nothing by itself and is left out.
    """
    lines = text.splitlines()
    if not any(_BULLET.match(line) for line in lines):
        return criteria(re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    found: list[str] = []
    introduction: list[str] = []
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet:
            found.append(line[bullet.end() :])
        elif found and line.strip():
            found[-1] += " " + line
        elif line.strip():
            introduction.append(line.strip())
    opening = " ".join(introduction)
    return criteria([opening, *found] if opening and not opening.endswith(":") else found)


def derived_criterion(title: str) -> str:
    """The criterion of an item whose source has none."""
    return f"{title.strip().rstrip('.')}: done, and shown to work"


def plain(value: Any) -> bool:
    """Whether a value says something: not None, "", [], {}."""
    return value is not None and value not in ("", [], {})
