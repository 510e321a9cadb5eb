"""Narratives and tours as Markdown; what the plan says is text in it, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from buildrunner.spec.narrative.language import Voice
from buildrunner.spec.narrative.story import Narrative, Sentence
from buildrunner.spec.narrative.tour import Stop

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~]|&(?=#?\w+;))")
_OPENING = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")


def literal(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _OPENING.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", text))


def render(narrative: Narrative, *, depth: int = 1) -> str:
    """A document whose title is a heading of `depth`; sentences end in the ids they stand on."""
    hashes = "#" * depth
    parts = [f"{hashes} {literal(narrative.title)}"]
    cited = narrative.audience == "technical"
    for section in narrative.sections:
        parts.append(f"{hashes}# {literal(section.title)}")
        said = [_sentence(each, cited) for each in section.sentences]
        parts.append("\n".join(f"- {text}" for text in said) if section.listed else " ".join(said))
    if not cited and narrative.citations:
        ids = ", ".join(f"`{_code(cite)}`" for cite in narrative.citations)
        parts.append(f"---\n\n[{ids}]" if depth == 1 else f"[{ids}]")
    return "\n\n".join(parts) + "\n"


def render_overview(narratives: Iterable[Narrative]) -> str:
    """The Human-Readable Project Overview: the plan first, then its parts below it."""
    return "\n".join(
        render(each, depth=1 if place == 0 else 2) for place, each in enumerate(narratives)
    )


def render_tour(title: str, stops: list[Stop], language: str) -> str:
    """A tour to read: each stop with its question and the answer."""
    voice = Voice(language)
    parts = [f"# {literal(title)}", literal(voice.say("tour.start", title=title, n=len(stops)))]
    for number, stop in enumerate(stops, 1):
        parts.append(f"## {number}. {literal(stop.title)}")
        parts.append(" ".join(_sentence(each, True) for each in stop.sentences))
        parts.append(f"**{literal(stop.question)}**\n\n> {_sentence(stop.answer, True)}")
    return "\n\n".join(parts) + "\n"


def _sentence(sentence: Sentence, cited: bool) -> str:
    text = literal(sentence.text)
    ids = [cite for cite in sentence.cites if cite]
    return f"{text} [{', '.join(f'`{_code(cite)}`' for cite in ids)}]" if cited and ids else text


def _code(identifier: str) -> str:
    return identifier.replace("`", "'")
