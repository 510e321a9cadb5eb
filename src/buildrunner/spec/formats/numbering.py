"""New ids for many entities at once, in the pattern of the siblings."""

from __future__ import annotations

import re
from typing import Any

_TAIL = re.compile(r"^(.*?)([0-9]{1,15})$", re.DOTALL)
_LETTERS = {"milestone": "m", "step": "s", "microstep": "ms"}


class Numbering:
    """Hands out ids that no entity or alias of the plan has.

    The same pattern as `ids.next_id` (the last sibling's, counted on), remembered per parent
    so that ten thousand ids cost ten thousand steps.
    """

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self._next: dict[tuple[str, str], tuple[str, int]] = {}

    def new(self, kind: str, parent: str, siblings: list[Any], number: int | None = None) -> str:
        """An id for an entity of `kind` below the id `parent` ("" = the document).

        `number` is used where that id is free.
        """
        state = self._next.get((kind, parent))
        if state is None:
            state = self._pattern(kind, parent, siblings)
        prefix, following = state
        if number is not None and number > 0 and f"{prefix}{number}" not in self.taken:
            chosen = number
        else:
            while f"{prefix}{following}" in self.taken:
                following += 1
            chosen = following
        self._next[(kind, parent)] = (prefix, max(following, chosen + 1))
        identifier = f"{prefix}{chosen}"
        self.taken.add(identifier)
        return identifier

    def _pattern(self, kind: str, parent: str, siblings: list[Any]) -> tuple[str, int]:
        base = f"{parent}." if parent else ""
        prefix, highest = base + _LETTERS[kind], 0
        for sibling in siblings:
            identifier = sibling.get("id") if isinstance(sibling, dict) else None
            match = _TAIL.match(identifier) if isinstance(identifier, str) else None
            if match and match[1].startswith(base) and "." not in match[1][len(base) :]:
                if match[1] != prefix:
                    prefix, highest = match[1], 0
                highest = max(highest, int(match[2]))
        return prefix, highest + 1
