"""Profiles, settings, routes and comparisons as the API takes and answers them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.routing import Decision, Profile, Record, TaskType
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.http.bodies import Body

Ten = Annotated[Decimal, Field(ge=0, le=10, max_digits=4, decimal_places=2)]
Count = Annotated[int, Field(ge=0, le=100_000_000)]
ModelName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w.:/@+-]+$")]


def _example(**one: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [one]})


class ProfileIn(Body):
    """What a model is good for."""

    provider: Annotated[str, Field(min_length=1, max_length=60)]
    task_types: Annotated[list[TaskType], Field(min_length=1)]
    quality: Ten
    speed: Ten
    context: Annotated[int, Field(ge=1, le=100_000_000)]
    max_output: Annotated[int, Field(ge=1, le=100_000_000)]
    enabled: bool = True

    model_config: ClassVar[ConfigDict] = _example(
        provider="openai", task_types=["builder"], quality="8.4", speed="8", context=400000,
        max_output=128000,
    )  # fmt: skip


class ProfileOut(Schema):
    """`price` is USD for a million tokens by kind, null where nobody knows it; `own` says that the
    organization set the profile."""

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

    model_config: ClassVar[ConfigDict] = _example(
        model="gpt-5-mini", provider="openai", task_types=["builder", "qa"], quality="8.4",
        speed="8.0", context=400000, max_output=128000, enabled=True, own=False,
        price={"input": "0.25", "output": "2"},
    )  # fmt: skip

    @classmethod
    def of(cls, profile: Profile, price: metering.Price | None) -> ProfileOut:
        """From the room's own type."""
        rates = None
        if price is not None:
            rates = {kind: f"{rate.base.normalize():f}" for kind, rate in price.rates.items()}
        return cls(
            model=profile.model,
            provider=profile.provider,
            task_types=list(profile.task_types),
            quality=f"{profile.quality.normalize():f}",
            speed=f"{profile.speed.normalize():f}",
            context=profile.context,
            max_output=profile.max_output,
            enabled=profile.enabled,
            own=profile.own,
            price=rates,
        )


class SettingsIn(Body):
    """What is left out stays. An empty `preferred_model` prefers none."""

    project_id: UUID
    task_type: TaskType
    preferred_model: Annotated[str, Field(max_length=200)] | None = None
    minimum_quality: Ten | None = None
    dual_run_enabled: bool | None = None
    max_cost_multiplier: Annotated[Decimal, Field(ge=1, le=100, decimal_places=2)] | None = None

    model_config: ClassVar[ConfigDict] = _example(
        project_id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03", task_type="builder",
        preferred_model="gpt-3.5-turbo", dual_run_enabled=True, max_cost_multiplier="2.0",
    )  # fmt: skip


class SettingsOut(Schema):
    """How a project wants a type of task done."""

    task_type: TaskType
    preferred_model: str
    minimum_quality: Decimal
    dual_run_enabled: bool
    max_cost_multiplier: Decimal

    model_config: ClassVar[ConfigDict] = _example(
        task_type="builder", preferred_model="gpt-3.5-turbo", minimum_quality="0",
        dual_run_enabled=True, max_cost_multiplier="2.00",
    )  # fmt: skip


class CandidateOut(Schema):
    """A model that was looked at; `lost` says why it was not chosen, `cost` is what the task was
    estimated at, null where no price is known."""

    model: str
    provider: str
    score: str | None
    parts: dict[str, str]
    cost: str | None
    lost: str
    served: bool


class DecisionOut(Schema):
    """Where a task goes, and why. `second` runs beside it where two should; `multiplier` is what
    both cost together in terms of the first."""

    task_type: str
    model: str | None
    reason: str
    candidates: list[CandidateOut]
    second: str | None
    cost_multiplier: str | None
    saved: str | None

    model_config: ClassVar[ConfigDict] = _example(
        task_type="planner", model="claude-sonnet-4-5", reason="the highest score",
        candidates=[{"model": "claude-sonnet-4-5", "provider": "anthropic", "score": "0.8120",
                     "parts": {"quality": "0.9300"}, "cost": "0.027000", "lost": "",
                     "served": True}],
        second=None, cost_multiplier=None, saved="0.108000",
    )  # fmt: skip

    @classmethod
    def of(cls, decision: Decision) -> DecisionOut:
        """From the room's own type."""
        return cls(
            task_type=decision.task_type,
            model=decision.chosen or None,
            reason=decision.reason,
            candidates=[CandidateOut(**ai.candidate_json(one)) for one in decision.candidates],
            second=decision.second or None,
            cost_multiplier=None if decision.multiplier is None else str(decision.multiplier),
            saved=metering.money(decision.saved),
        )


class RouteIn(Body):
    """A task to be done."""

    project_id: UUID
    task_type: TaskType
    microstep_id: Annotated[str, Field(max_length=512)] = ""
    input_tokens: Count = 4_000
    max_output_tokens: Count = 1_000
    must_be_served: bool = False

    model_config: ClassVar[ConfigDict] = _example(
        project_id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03", task_type="builder",
        microstep_id="p1.s1.ms1",
    )  # fmt: skip


class RouteOut(Schema):
    """A decision on the record."""

    id: UUID
    project_id: UUID
    task_type: str
    microstep_id: str
    model: str
    reason: str
    candidates: list[CandidateOut]
    created_at: str
    outcome: dict[str, Any] | None

    model_config: ClassVar[ConfigDict] = _example(
        id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b04", project_id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03",
        task_type="builder", microstep_id="p1.s1.ms1", model="gpt-5-mini",
        reason="the highest score", candidates=[], created_at="2026-01-05T09:00:00Z", outcome=None,
    )  # fmt: skip

    @classmethod
    def of(cls, route: ai.RouteView) -> RouteOut:
        """From the room's own type."""
        return cls(
            id=route.id,
            project_id=route.project_id,
            task_type=route.task_type,
            microstep_id=route.microstep_id,
            model=route.model,
            reason=route.reason,
            candidates=[CandidateOut(**one) for one in route.candidates],
            created_at=route.created_at.isoformat(),
            outcome=route.outcome,
        )


class OutcomeIn(Body):
    """What came of a route. `quality` is judged from 0 to 10; the cost follows from the tokens."""

    project_id: UUID
    success: bool
    quality: Ten | None = None
    latency_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    note: Annotated[str, Field(max_length=500)] = ""

    model_config: ClassVar[ConfigDict] = _example(
        project_id="019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03", success=True, quality="8.5",
        latency_ms=2100, input_tokens=3800, output_tokens=650,
    )  # fmt: skip


class RecordOut(Schema):
    """What a model did on a type of task: `grade` is A to F, null without calls; `cost` counts what
    is priced, `unpriced` the calls that are not. `win_rate` is of the `duels` with another model
    that were decided, null without one."""

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

    model_config: ClassVar[ConfigDict] = _example(
        model="gpt-5-mini", task_type="builder", calls=40, success_rate="0.9500", quality="8.60",
        latency_ms="2140.00", tokens=178000, cost="0.164500", unpriced=0, grade="A", duels=4,
        win_rate="0.7500",
    )  # fmt: skip

    @classmethod
    def of(cls, record: Record) -> RecordOut:
        """From the room's own type."""
        rate = record.success_rate
        return cls(
            model=record.model,
            task_type=record.task_type,
            calls=record.calls,
            success_rate=None if rate is None else f"{rate:.4f}",
            quality=None if record.quality is None else str(record.quality),
            latency_ms=None if record.latency_ms is None else str(record.latency_ms),
            tokens=record.tokens,
            cost=metering.money(record.cost),
            unpriced=record.unpriced,
            grade=ai.grade(record) or None,
            duels=record.duels,
            win_rate=None if record.win_rate is None else f"{record.win_rate:.4f}",
        )
