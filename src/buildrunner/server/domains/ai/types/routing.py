"""Profiles of models, how a task is routed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

TaskType = Literal["planner", "builder", "qa", "explain", "rescope", "arbitrate"]
TASK_TYPES: tuple[str, ...] = get_args(TaskType)
TASK_TITLES = {one: "QA" if one == "qa" else one.capitalize() for one in TASK_TYPES}


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model is good for. `quality` and `speed` are from 0 to 10, `context` and `max_output`
    in tokens; `own` says that the organization set it."""

    model: str
    provider: str
    task_types: tuple[str, ...]
    quality: Decimal
    speed: Decimal
    context: int
    max_output: int
    enabled: bool = True
    own: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What a model did in a project on a type of task: calls, how many succeeded, and means."""

    model: str
    task_type: str
    calls: int = 0
    succeeded: int = 0
    quality: Decimal | None = None
    latency_ms: Decimal | None = None
    tokens: int = 0
    cost: Decimal | None = None
    unpriced: int = 0
    duels: int = 0
    won: int = 0

    @property
    def success_rate(self) -> Decimal | None:
        """From 0 to 1."""
        return Decimal(self.succeeded) / self.calls if self.calls else None

    @property
    def win_rate(self) -> Decimal | None:
        """From 0 to 1, of the duels that were decided."""
        return Decimal(self.won) / self.duels if self.duels else None


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """How a project wants a type of task done. `minimum_quality` is from 0 to 10."""

    task_type: str
    preferred_model: str = ""
    minimum_quality: Decimal = Decimal(0)
    dual_run_enabled: bool = False
    max_cost_multiplier: Decimal = Decimal(2)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that was looked at. `score` is from 0 to 1, `parts` what it is made of; `lost` says
    in words why it was not chosen, empty for the one that was. `cost` is that of the task as it was
    estimated, None where no price is known."""

    model: str
    provider: str
    score: Decimal | None
    parts: dict[str, Decimal] = field(default_factory=dict)
    cost: Decimal | None = None
    lost: str = ""
    served: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Which model a task goes to, and why; `chosen` is empty where none may do it.

    `second` is the model that runs beside it where two should, `multiplier` what both cost together
    in terms of the first. `saved` is what the dearest admissible one would have cost more.
    """

    task_type: str
    chosen: str
    reason: str
    candidates: list[Candidate]
    second: str = ""
    multiplier: Decimal | None = None
    saved: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RouteView:
    """A decision on the record, with its outcome where one was reported."""

    id: UUID
    project_id: UUID
    task_type: str
    microstep_id: str
    model: str
    reason: str
    candidates: list[dict[str, Any]]
    created_at: datetime
    outcome: dict[str, Any] | None = None
