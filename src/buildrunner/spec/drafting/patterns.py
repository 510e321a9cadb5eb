"""The patterns and vague words that are known, and where a text meets them."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.drafting.language import VERBS

_SUBJECT = re.compile(
    r"\b(?:create|add|edit|update|delete|remove|manage|track|organi[sz]e|book|schedule|reserve|record|"
    r"maintain|import|export|search|search for|search through|find|filter|list|index|migrate|ingest|"
    r"upload|download|expose|for|of)(?:s|d|ing)?\s+"
    r"(?:(?:and|or|,)\s*)?(?:their|the|an?|our|my|his|her|its|own|all|any|new|existing|each|every)?\s*"
    r"(?P<what>[^\W\d_]+(?:[ -][^\W\d_]+){0,2})",
    re.I,
)
_END = frozenset(
    [
        "and",
        "or",
        "with",
        "from",
        "to",
        "by",
        "for",
        "in",
        "on",
        "at",
        "that",
        "which",
        "who",
        "when",
        "while",
        "so",
        "using",
        "via",
        "as",
        "if",
        "of",
        "into",
        "them",
        "it",
        "they",
        "can",
        "must",
        "should",
        "is",
        "are",
        "be",
        "the",
        "a",
        "an",
        "their",
    ]
)


class Pattern:
    """What is usually built for one kind of wish."""

    __slots__ = ("alone", "each", "match", "name", "risk", "rollback", "steps", "subject", "title")

    def __init__(self, given: dict[str, Any]) -> None:
        self.name: str = given["name"]
        self.title: str = given["title"]
        self.subject: str = given["subject"]
        self.each: bool = given.get("each", False)
        self.match = [re.compile(each, re.I) for each in given["match"]]
        self.alone: list[str] = given.get("alone", [])
        self.steps: list[dict[str, Any]] = given["steps"]
        self.risk: str = given.get("risk", "")
        self.rollback: str = given.get("rollback", "")

    def found_in(self, text: str) -> bool:
        """Whether the text asks for it."""
        return any(each.search(text) for each in self.match)


class Vague:
    """A word without a measure."""

    __slots__ = ("ask", "assume", "match", "name")

    def __init__(self, given: dict[str, Any]) -> None:
        self.name: str = given["name"]
        self.match = re.compile(given["match"], re.I)
        self.ask: str = given["ask"]
        self.assume: str = given["assume"]


_patterns: list[Pattern] = []
_vague: list[Vague] = []


def _load(name: str) -> Any:
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files("buildrunner.spec.drafting").joinpath(name).read_text("utf-8"))


def patterns() -> list[Pattern]:
    """All patterns; the first that matches a statement is the one it is about."""
    if not _patterns:
        _patterns.extend(Pattern(given) for given in _load("patterns.toml")["pattern"])
    return _patterns


def pattern(name: str) -> Pattern:
    """The pattern of a name."""
    return next(each for each in patterns() if each.name == name)


def matching(text: str) -> Pattern | None:
    """The pattern that a statement is about."""
    return next((each for each in patterns() if each.found_in(text)), None)


def vague_words(text: str) -> list[tuple[Vague, str]]:
    """(entry, the word as written) for each vague word of a text, one an entry."""
    if not _vague:
        _vague.extend(Vague(given) for given in _load("vague.toml")["vague"])
    return [(entry, found[0]) for entry in _vague if (found := entry.match.search(text))]


def subject_of(text: str, default: str) -> str:
    """What a statement works on: `edit and delete invoices` → `invoices`."""
    for match in _SUBJECT.finditer(text):
        kept: list[str] = []
        for word in match["what"].split(" "):
            if word.casefold() in _END or (not kept and word.casefold() in VERBS):
                break
            kept.append(word)
        if kept:
            return " ".join(kept).casefold() if not kept[0].isupper() else " ".join(kept)
    return default
