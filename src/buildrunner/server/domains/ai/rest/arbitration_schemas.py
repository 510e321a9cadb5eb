"""Comparisons of two answers as the API takes and answers them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.routing import TaskType
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.http.bodies import Body

Model = Annotated[str, Field(min_length=1, max_length=200)]
Status = Literal["decided", "awaiting_decision", "decided_by_person"]


def _example(**one: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [one]})


class TurnIn(Body):
    """One turn of what is asked."""

    role: Literal["system", "user", "assistant"] = "user"
    content: Annotated[str, Field(min_length=1, max_length=400_000)]


class CriterionIn(Body):
    """What answers are judged by."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    meaning: Annotated[str, Field(max_length=300)] = ""

    model_config: ClassVar[ConfigDict] = _example(name="correctness", meaning="It is right")


class ArbitrateIn(Body):
    """A task for two models. Without `models` the route's first runs beside the best of another
    provider; without `rubric` correctness, completeness and usefulness are judged."""

    project_id: UUID
    task_type: TaskType
    messages: Annotated[list[TurnIn], Field(min_length=1, max_length=100)]
    microstep_id: Annotated[str, Field(max_length=512)] = ""
    max_tokens: Annotated[int, Field(ge=1, le=32_000)] = 4_000
    models: Annotated[list[Model], Field(min_length=2, max_length=2)] | None = None
    rubric: Annotated[list[CriterionIn], Field(min_length=1, max_length=8)] | None = None

    model_config: ClassVar[ConfigDict] = _example(
        project_id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03", task_type="planner",
        messages=[{"content": "Plan the move to the new data centre."}],
    )  # fmt: skip


class DecideArbitrationIn(Body):
    """Which answer is taken, and why."""

    winner: Literal["A", "B"]
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    project_id: UUID | None = None

    model_config: ClassVar[ConfigDict] = _example(winner="A", reason="It names the risks.")


class ArbitratedAnswerOut(Schema):
    """One of two answers. What names its model is null while a person has to decide; `lost` says
    why it does not count, `scores` are means of 0 to 100 by criterion, `score` their mean."""

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
    route_id: UUID | None
    lost: str


class JudgePassOut(Schema):
    """What the judge said when it saw the answers in an order; in terms of the labels here. `note`
    says why it could not be used."""

    order: str
    winner: str | None
    confidence: int | None
    rationale: str
    scores: dict[str, dict[str, int]] | None
    note: str
    cost: str | None
    route_id: UUID | None


class ArbitrationSummaryOut(Schema):
    """A comparison in a list; `winner` is a label and `winner_model` its model, null while a person
    has to decide."""

    id: UUID
    project_id: UUID
    task_type: str
    microstep_id: str
    status: Status
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

    model_config: ClassVar[ConfigDict] = _example(
        id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b05",
        project_id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03", task_type="planner", microstep_id="",
        status="decided", winner="A", winner_model="gpt-5", confidence=85,
        rationale="It covers the requirements.", judge="claude-opus-4-5", judge_is_candidate=False,
        cost_multiplier_estimated="3.4100", cost_multiplier="2.8000", cost="0.041000",
        actor={"kind": "person", "id": None, "name": "Ada"}, decided_by=None, decided_reason="",
        decided_at=None, created_at="2026-01-05T09:00:00Z",
    )  # fmt: skip

    @classmethod
    def of(cls, one: ai.Arbitration) -> ArbitrationSummaryOut:
        """From the room's own type."""
        return cls(**_summary(one))


class ArbitrationOut(ArbitrationSummaryOut):
    """A comparison with both answers and what the judge said of them."""

    question: str
    rubric: list[dict[str, str]]
    candidates: list[ArbitratedAnswerOut]
    passes: list[JudgePassOut]

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={})

    @classmethod
    def of(cls, one: ai.Arbitration) -> ArbitrationOut:
        """From the room's own type."""
        return cls(
            **_summary(one),
            question=one.question,
            rubric=one.rubric,
            candidates=[
                ArbitratedAnswerOut(**each, response=each["text"], quality_score=each["score"])
                for each in one.candidates
            ],
            passes=[JudgePassOut(**each) for each in one.passes],
        )


class ArbitratedOut(Schema):
    """The answer to go on with. While a person has to decide, `awaiting_decision` is true and it is
    the one with the higher marks; `model` is null then."""

    response: str
    model: str | None
    awaiting_decision: bool
    arbitration: ArbitrationOut

    @classmethod
    def of(cls, made: ai.Arbitrated) -> ArbitratedOut:
        """From the room's own type."""
        return cls(
            response=made.text,
            model=made.model or None,
            awaiting_decision=made.awaiting,
            arbitration=ArbitrationOut.of(made.record),
        )


def _summary(one: ai.Arbitration) -> dict[str, Any]:
    names = {each["label"]: each["model"] for each in one.candidates}
    actual = one.multiplier_actual
    return {
        "id": one.id,
        "project_id": one.project_id,
        "task_type": one.task_type,
        "microstep_id": one.microstep_id,
        "status": one.status,
        "winner": one.winner or None,
        "winner_model": names.get(one.winner),
        "confidence": one.confidence,
        "rationale": one.rationale,
        "judge": one.judge,
        "judge_is_candidate": one.judge_is_candidate,
        "cost_multiplier_estimated": str(one.multiplier_estimated),
        "cost_multiplier": None if actual is None else str(actual),
        "cost": metering.money(one.cost),
        "actor": one.actor,
        "decided_by": one.decided_by,
        "decided_reason": one.decided_reason,
        "decided_at": None if one.decided_at is None else one.decided_at.isoformat(),
        "created_at": one.created_at.isoformat(),
    }
