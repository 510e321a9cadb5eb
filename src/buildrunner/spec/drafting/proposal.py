"""What is proposed before it meets a plan: a tree with sources, assumptions and questions."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from buildrunner.spec.drafting.language import normal, shortened

MOST_ITEMS = 600
EXCERPT = 200


class Origin:
    """Where something was said: the `name` of the text or file, its line, an excerpt."""

    __slots__ = ("line", "name", "text")

    def __init__(self, name: str, line: int | None = None, text: str = "") -> None:
        self.name = name
        self.line = line
        self.text = shortened(text, EXCERPT)

    def as_dict(self) -> dict[str, Any]:
        """The origin as JSON; `line` counts from 1."""
        row: dict[str, Any] = {"name": self.name}
        if self.line is not None:
            row["line"] = self.line
        if self.text:
            row["text"] = self.text
        return row


class Node:
    """A milestone, step or microstep that is proposed.

    `fields` are plan fields besides id and title; `why` says what rule made it; `optional`
    ones are not taken unless named; `needs` are nodes that come first.
    """

    __slots__ = ("children", "fields", "kind", "needs", "optional", "origin", "title", "why")

    def __init__(
        self,
        kind: str,
        title: str,
        origin: Origin,
        why: str,
        *,
        fields: dict[str, Any] | None = None,
        optional: bool = False,
    ) -> None:
        self.kind = kind
        self.title = title
        self.origin = origin
        self.why = why
        self.fields = fields or {}
        self.optional = optional
        self.needs: list[Node] = []
        self.children: list[Node] = []

    def criteria(self) -> list[str]:
        """The criteria, to be added to."""
        found: list[str] = self.fields.setdefault("criteria", [])
        return found


class Assumption:
    """What was taken for granted. `question` is the id of the question that settles it."""

    __slots__ = ("origin", "question", "text")

    def __init__(self, text: str, origin: Origin, question: str = "") -> None:
        self.text = text
        self.origin = origin
        self.question = question

    def as_dict(self) -> dict[str, Any]:
        """The assumption as JSON."""
        row = {"text": self.text, "source": self.origin.as_dict()}
        return {**row, "question": self.question} if self.question else row


class Question:
    """What only a person can answer; until then `default` holds, "" where there is none."""

    __slots__ = ("answer", "default", "id", "origin", "text")

    def __init__(
        self, identifier: str, text: str, origin: Origin, *, default: str = "", answer: str = ""
    ) -> None:
        self.id = identifier
        self.text = text
        self.origin = origin
        self.default = default
        self.answer = answer

    def as_dict(self) -> dict[str, Any]:
        """The question as JSON."""
        return {
            "id": self.id,
            "text": self.text,
            "default": self.default,
            "answer": self.answer,
            "source": self.origin.as_dict(),
        }


class Proposal:
    """Everything that a text, a repository or a file leads to. `title` is that of a new plan."""

    def __init__(self, title: str = "") -> None:
        self.title = title
        self.milestones: list[Node] = []
        self.assumptions: list[Assumption] = []
        self.questions: list[Question] = []
        self.left_out: list[dict[str, Any]] = []
        self._assumed: set[str] = set()

    def leave(self, text: str, origin: Origin, why: str) -> None:
        """Record a part of the input that leads to nothing, and why."""
        self.left_out.append(
            {"text": shortened(text, EXCERPT), "why": why, "source": origin.as_dict()}
        )

    def assume(self, text: str, origin: Origin, question: str = "") -> None:
        """State an assumption, once."""
        if text not in self._assumed:
            self._assumed.add(text)
            self.assumptions.append(Assumption(text, origin, question))


def key_of(kind: str, title: str, above: str = "") -> str:
    """A stable name: the same title below the same parent is the same item, run after run."""
    data = f"{kind}\x1f{above}\x1f{normal(title)}".encode("utf-8", "replace")
    return blake2b(data, digest_size=8).hexdigest()
