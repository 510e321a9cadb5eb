"""The plan in prose."""

from __future__ import annotations

import msgspec


class Sentence(msgspec.Struct, frozen=True):
    """One statement and the ids that it stands on; "" is the plan as a whole."""

    text: str
    cites: list[str]


class NarrativeSection(msgspec.Struct, frozen=True):
    """A heading with sentences; `listed` ones read as a list."""

    key: str
    title: str
    listed: bool
    sentences: list[Sentence]


class Explanation(msgspec.Struct, frozen=True):
    """A narrative as of a revision; `text` is the same as Markdown.

    `written_by` is `plan`, or the model that worded it at `cost` (USD, None where nothing was paid
    or no price is known); `notice` says why no model did, where one was asked.
    """

    scope: str
    entity_id: str
    title: str
    audience: str
    language: str
    asked_language: str
    sections: list[NarrativeSection]
    citations: list[str]
    revision: int
    written_by: str
    notice: str
    cost: str | None
    text: str


class TourStop(msgspec.Struct, frozen=True):
    """What there is to know at a stop, a question, and the answer that the plan gives."""

    entity_id: str
    kind: str
    title: str
    sentences: list[Sentence]
    question: str
    answer: Sentence


class Tour(msgspec.Struct, frozen=True):
    """A guided tour through a plan."""

    revision: int
    title: str
    language: str
    stops: list[TourStop]
