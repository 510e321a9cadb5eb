"""A chart on a page: its picture, its words, and its numbers as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.platform.ui.charts.spec import LOOK, Spec


@dataclass(frozen=True, slots=True)
class Chart:
    """`name` is its id on the page; `summary` says in a sentence what it shows.

    The table holds what is drawn, for who sees no picture and who wants the numbers: a `header`
    and rows of text or numbers.
    """

    name: str
    title: str
    summary: str
    spec: Spec
    header: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = field(default_factory=list)

    @property
    def source(self) -> dict[str, Any]:
        """What the script reads."""
        return {"spec": self.spec, "look": LOOK}

    def as_json(self) -> str:
        """The specification alone."""
        return json.dumps(self.spec)
