"""Explanations of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from buildrunner.spec.narrative.story import Narrative
from buildrunner.spec.narrative.tour import Stop

Audience = Literal["technical", "business", "general"]
Scope = Literal["project", "milestone", "step", "microstep"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A narrative as of a revision. `written_by` is `plan`, or the model that worded it."""

    revision: int
    narrative: Narrative
    written_by: str = "plan"

    def as_json(self) -> dict[str, Any]:
        """Without the Markdown."""
        return {
            **self.narrative.as_dict(),
            "revision": self.revision,
            "written_by": self.written_by,
        }


@dataclass(frozen=True, slots=True)
class Tour:
    """A guided tour as of a revision."""

    revision: int
    title: str
    language: str
    stops: list[Stop]
