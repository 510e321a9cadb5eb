"""Explanations of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from buildrunner.spec.narrative.story import Narrative
from buildrunner.spec.narrative.tour import Stop

Audience = Literal["technical", "business", "general"]
Scope = Literal["project", "milestone", "step", "microstep"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A narrative as of a revision. `written_by` is `plan`, or the model that worded it, at `cost`
    (USD, None where nobody knows); `notice` says why no model did, where one was asked."""

    revision: int
    narrative: Narrative
    written_by: str = "plan"
    notice: str = ""
    cost: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """Without the Markdown."""
        return {
            **self.narrative.as_dict(),
            "revision": self.revision,
            "written_by": self.written_by,
            "notice": self.notice,
        }


@dataclass(frozen=True, slots=True)
class Tour:
    """A guided tour as of a revision."""

    revision: int
    title: str
    language: str
    stops: list[Stop]
