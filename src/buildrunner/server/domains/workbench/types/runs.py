"""A run of an agent, as it is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

OPEN, ENDED, LOST = STATES = ("open", "ended", "lost")
DEFAULT_TTL = 30 * 60
MIN_TTL = 30
MAX_TTL = 7 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class RunIn:
    """How a run begins: see `actions.runs.start_run`."""

    name: str = ""
    program: str = ""
    commit: str = ""
    branch: str = ""
    ttl_seconds: int = DEFAULT_TTL
    silent: bool = False


@dataclass(frozen=True, slots=True)
class RunView:
    """A run. `freed` are the microsteps whose claims ended with it; an open one `expires_at`."""

    id: UUID
    project_id: UUID
    name: str
    program: str
    state: str
    actor: dict[str, Any]
    agent: bool
    branch: str
    commit_start: str
    commit_end: str
    summary: str
    started_at: datetime
    seen_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    freed: list[str]


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run spent. `cost` is None where a price is unknown; `known` is what the rest costs."""

    cost: Decimal | None
    known: Decimal
    currency: str
    calls: int
    tokens: int


@dataclass(slots=True)
class RunStory:
    """What a run did, out of the events that name it; each list in the order of first mention.

    `holds` are the microsteps that it holds now, `costs` one for each currency; None for who may
    not see costs.
    """

    run: RunView
    claimed: list[str]
    holds: list[str]
    revisions: list[int]
    changed: list[str]
    evidence: list[str]
    commented: list[str]
    events: int
    more: bool = False
    costs: list[RunCost] | None = None
