"""Which kinds of events an endpoint hears."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from buildrunner.server.platform.errors import Invalid

EVERYTHING: Final = "*"
MOST: Final = 50
_PATTERN: Final = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?")
_LONGEST: Final = 100


# What is between a person and the inbox goes to no program.
PRIVATE: Final = frozenset({"notification.created", "notification.read", "watch.chosen"})


def checked(kinds: Iterable[str]) -> list[str]:
    """The patterns, each once and in order; raises `Invalid` for one that cannot fit any kind."""
    found = list(dict.fromkeys(kind.strip() for kind in kinds if kind.strip()))
    for kind in found:
        if len(kind) > _LONGEST or not _PATTERN.fullmatch(kind):
            raise Invalid(
                f"{kind[:_LONGEST]!r} is no kind of event; write `plan.revised`, `plan.*` or `*`.",
                code="kind_unreadable",
                field="kinds",
            )
    if not found or len(found) > MOST:
        raise Invalid(
            f"Name 1 to {MOST} kinds of events; `*` is all of them.",
            code="kinds_count",
            field="kinds",
        )
    return found


def hears(kinds: Sequence[str], kind: str) -> bool:
    """Whether one of the patterns fits: `plan.revised` itself, `plan.*` what begins so, `*` all."""
    return kind not in PRIVATE and any(
        pattern in (EVERYTHING, kind)
        or (pattern.endswith(".*") and kind.startswith(pattern.removesuffix("*")))
        for pattern in kinds
    )
