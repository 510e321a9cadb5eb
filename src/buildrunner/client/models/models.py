"""Which model does what. Amounts of money are text, null where no price is known."""

from __future__ import annotations

from typing import Any

import msgspec


class ModelProfile(msgspec.Struct, frozen=True):
    """What a model is good for; `price` is USD for a million tokens by kind."""

    model: str
    provider: str
    task_types: list[str]
    quality: str
    speed: str
    context: int
    max_output: int
    enabled: bool
    own: bool
    price: dict[str, Any] | None


class ModelSettings(msgspec.Struct, frozen=True):
    """How a project wants a type of task done."""

    task_type: str
    preferred_model: str
    minimum_quality: str
    dual_run_enabled: bool
    max_cost_multiplier: str


class ModelCandidate(msgspec.Struct, frozen=True):
    """A model that was looked at; `lost` says why it was not chosen."""

    model: str
    provider: str
    score: str | None
    parts: dict[str, str]
    cost: str | None
    lost: str
    served: bool


class ModelDecision(msgspec.Struct, frozen=True):
    """Where a task goes, and why; `model` is null where none may do it."""

    task_type: str
    model: str | None
    reason: str
    candidates: list[ModelCandidate]
    second: str | None
    cost_multiplier: str | None
    saved: str | None


class ModelVerdict(msgspec.Struct, frozen=True):
    """Which model a labelled task goes to, and what is wrong with that."""

    case: str
    task_type: str
    model: str | None
    cost: str | None
    faults: list[str]


class ModelTrial(msgspec.Struct, frozen=True):
    """All labelled tasks under one set of settings; `cost` is USD of all together."""

    passed: int
    cases: int
    cost: str
    verdicts: list[ModelVerdict]


class ModelEval(msgspec.Struct, frozen=True):
    """As it is, as it would be, and which tasks that would make worse or better."""

    before: ModelTrial
    after: ModelTrial
    worse: list[str]
    better: list[str]


class ModelRoute(msgspec.Struct, frozen=True):
    """A decision on the record, with its outcome where one was reported."""

    id: str
    project_id: str
    task_type: str
    microstep_id: str
    model: str
    reason: str
    candidates: list[ModelCandidate]
    created_at: str
    outcome: dict[str, Any] | None


class ModelRecord(msgspec.Struct, frozen=True):
    """What a model did on a type of task; `grade` is A to F."""

    model: str
    task_type: str
    calls: int
    success_rate: str | None
    quality: str | None
    latency_ms: str | None
    tokens: int
    cost: str | None
    unpriced: int
    grade: str | None
