"""Proposals to change what is planned, and context packs."""

from __future__ import annotations

from typing import Any

import msgspec


class Rescope(msgspec.Struct, frozen=True):
    """A proposal: a patch of the plan at `base_revision`, and what it would do.

    `state` is open, applied or discarded; `id` is None for a dry run. `behind` counts the
    revisions since its base.
    """

    id: str | None
    state: str
    instruction: str
    acts: list[dict[str, Any]]
    base_revision: int
    operations: list[dict[str, Any]]
    reasons: list[str]
    impact: dict[str, Any]
    precheck: dict[str, Any]
    by: dict[str, Any]
    created_at: str
    note: str = ""
    revision: int | None = None
    decided_by: dict[str, Any] | None = None
    decided_at: str | None = None
    behind: int = 0


class ContextPack(msgspec.Struct, frozen=True):
    """`text` is Markdown of at most `budget` tokens; `left_out` counts lines by section."""

    microstep_id: str
    title: str
    budget: int
    tokens: int
    text: str
    left_out: dict[str, int]
    sections: list[dict[str, Any]]
