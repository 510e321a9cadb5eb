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


class ArbitratedAnswer(msgspec.Struct, frozen=True):
    """One of two answers; what names its model is None while a person has to decide."""

    label: str
    model: str | None
    provider: str | None
    response: str
    quality_score: str | None
    scores: dict[str, float]
    cost: str | None
    input_tokens: int | None
    output_tokens: int | None
    latency_ms: int | None
    route_id: str | None
    lost: str


class JudgePass(msgspec.Struct, frozen=True):
    """What the judge said in one order; `note` says why it could not be used."""

    order: str
    winner: str | None
    confidence: int | None
    rationale: str
    scores: dict[str, dict[str, int]] | None
    note: str
    cost: str | None
    route_id: str | None


class Arbitration(msgspec.Struct, frozen=True, kw_only=True):
    """Two models side by side; `winner` is a label and `winner_model` its model. In a list without
    the question, the rubric, the answers and the judge's passes."""

    id: str
    project_id: str
    task_type: str
    microstep_id: str
    status: str
    winner: str | None
    winner_model: str | None
    confidence: int | None
    rationale: str
    judge: str
    judge_is_candidate: bool
    cost_multiplier_estimated: str
    cost_multiplier: str | None
    cost: str | None
    actor: dict[str, Any]
    decided_by: dict[str, Any] | None
    decided_reason: str
    decided_at: str | None
    created_at: str
    question: str = ""
    rubric: list[dict[str, str]] = []
    candidates: list[ArbitratedAnswer] = []
    passes: list[JudgePass] = []


class Arbitrated(msgspec.Struct, frozen=True):
    """The answer to go on with, and the comparison it comes from."""

    response: str
    model: str | None
    awaiting_decision: bool
    arbitration: Arbitration


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
    duels: int
    win_rate: str | None


class ModelTrend(msgspec.Struct, frozen=True):
    """This period less the one before: success in points of a hundred, quality in points of ten,
    latency and cost of a call in percent."""

    calls: int
    success: str | None
    quality: str | None
    latency: str | None
    cost: str | None


class ModelFigures(msgspec.Struct, frozen=True):
    """A model on a type of task; latencies in milliseconds. `cost` is what is known, `unpriced`
    counts the calls without a price."""

    model: str
    task_type: str
    grade: str | None
    calls: int
    succeeded: int
    success_rate: str | None
    quality: str | None
    latency_p50_ms: str | None
    latency_p95_ms: str | None
    tokens: int
    cost: str | None
    cost_per_call: str | None
    unpriced: int
    duels: int
    won: int
    win_rate: str | None
    trend: ModelTrend


class ModelDay(msgspec.Struct, frozen=True):
    """One day (UTC) of a model on a type of task."""

    day: str
    task_type: str
    model: str
    calls: int
    succeeded: int
    cost: str | None


class ModelAdvice(msgspec.Struct, frozen=True):
    """What could be changed, with its figures in words; `calls` is the sample of the model."""

    kind: str
    task_type: str
    model: str
    instead_of: str | None
    words: str
    calls: int


class ModelPerformance(msgspec.Struct, frozen=True):
    """How models did in a period; `too_few` says where too little is known for advice."""

    period: str
    since: str
    until: str
    rows: list[ModelFigures]
    totals: ModelFigures
    days: list[ModelDay]
    recommendations: list[ModelAdvice]
    too_few: list[str]
