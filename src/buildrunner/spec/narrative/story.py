"""What a narrative is made of: sections of sentences, each with the ids it stands on."""

from __future__ import annotations

from typing import Any

#: Whom a narrative is for.
AUDIENCES = ("technical", "business", "general")


class Sentence:
    """One statement. `cites` are ids of the plan that it stands on; "" is the plan as a whole."""

    __slots__ = ("cites", "text")

    def __init__(self, text: str, cites: tuple[str, ...]) -> None:
        self.text = text
        self.cites = cites

    def as_dict(self) -> dict[str, Any]:
        """As it is answered."""
        return {"text": self.text, "cites": list(self.cites)}


class Section:
    """A heading with sentences; `listed` ones read as a list rather than a paragraph."""

    __slots__ = ("key", "listed", "sentences", "title")

    def __init__(
        self, key: str, title: str, sentences: list[Sentence], *, listed: bool = False
    ) -> None:
        self.key = key
        self.title = title
        self.sentences = sentences
        self.listed = listed

    def as_dict(self) -> dict[str, Any]:
        """As it is answered."""
        return {
            "key": self.key,
            "title": self.title,
            "listed": self.listed,
            "sentences": [each.as_dict() for each in self.sentences],
        }


class Narrative:
    """`language` is the one it is written in, `asked` the one that was wanted."""

    __slots__ = ("asked", "audience", "entity_id", "language", "scope", "sections", "title")

    def __init__(
        self,
        title: str,
        *,
        scope: str,
        entity_id: str,
        audience: str,
        language: str,
        asked: str,
        sections: list[Section],
    ) -> None:
        self.title = title
        self.scope = scope
        self.entity_id = entity_id
        self.audience = audience
        self.language = language
        self.asked = asked
        self.sections = sections

    @property
    def citations(self) -> list[str]:
        """Every id that a sentence stands on, in order of first use."""
        found = dict.fromkeys(
            cite for section in self.sections for each in section.sentences for cite in each.cites
        )
        found.pop("", None)
        return list(found)

    def as_dict(self) -> dict[str, Any]:
        """As it is answered."""
        return {
            "scope": self.scope,
            "entity_id": self.entity_id,
            "title": self.title,
            "audience": self.audience,
            "language": self.language,
            "asked_language": self.asked,
            "sections": [each.as_dict() for each in self.sections],
            "citations": self.citations,
        }
