"""A proposal to change what is planned, as it is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

STATES = ("open", "applied", "discarded")


@dataclass(frozen=True, slots=True)
class RescopeView:
    """A proposal. `behind` counts the revisions since its base; `id` is None for a dry run."""

    id: UUID | None
    state: str
    instruction: str
    acts: list[dict[str, Any]]
    base_revision: int
    base_hash: str
    operations: list[dict[str, Any]]
    reasons: list[str]
    impact: dict[str, Any]
    precheck: dict[str, Any]
    by: dict[str, Any]
    created_at: datetime
    note: str = ""
    revision: int | None = None
    decided_by: dict[str, Any] | None = None
    decided_at: datetime | None = None
    behind: int = 0
