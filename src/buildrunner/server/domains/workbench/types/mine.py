"""The Workbench of one person, as it is handed out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from buildrunner.server.domains.qa.facade import MicrostepProof


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A microstep on somebody's bench. `reasons` say why it is there, `waits_for` chains of ids
    down to what blocks it."""

    id: str
    title: str
    status: str
    step: str
    milestone: str
    milestone_id: str
    value: dict[str, Any]
    reasons: list[str] = field(default_factory=list)
    waits_for: list[list[str]] = field(default_factory=list)
    holder: str = ""
    expires_at: datetime | None = None
    claim_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Nearby:
    """Somebody else's claim, and how it is related to mine (`relation`, in words)."""

    microstep_id: str
    title: str
    holder: str
    person_id: UUID | None
    expires_at: datetime
    relation: str
    agent: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """What somebody works on (`mine`), could take next, waits for, and who works nearby."""

    revision: int
    mine: list[WorkItem]
    suggested: list[WorkItem]
    waiting: list[WorkItem]
    nearby: list[Nearby]
    open_count: int
    ready_count: int


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """One microstep with all that its worker looks at."""

    item: WorkItem
    proof: MicrostepProof
    links: list[dict[str, str]]
    branch: str
    needs: list[dict[str, str]]
    unblocks: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class ContextPack:
    """What is needed to do a microstep, in few words; `sections` are `{name, heading, lines,
    left_out, why}`."""

    microstep_id: str
    title: str
    budget: int
    tokens: int
    text: str
    left_out: dict[str, int]
    sections: list[dict[str, Any]]
