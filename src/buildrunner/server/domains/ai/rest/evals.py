"""Judge a change of routing before it is made."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.rest.routing_schemas import Count, Ten
from buildrunner.server.domains.ai.types.evals import Verdict, passed, total
from buildrunner.server.domains.ai.types.routing import TaskType
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body

router = Router(tags=["models"])
MOST_CASES = 200
_CASE: dict[str, Any] = {
    "name": "a small change", "task_type": "builder", "input_tokens": 6000, "output_tokens": 1500,
    "least_quality": "7.5", "most_usd": "0.03",
}  # fmt: skip
_VERDICT: dict[str, Any] = {
    "case": "a small change", "task_type": "builder", "model": "gpt-5-mini", "cost": "0.004500",
    "faults": [],
}  # fmt: skip


class CaseIn(Body):
    """A task and what a good choice for it is; `most_usd` null for any price."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    task_type: TaskType
    input_tokens: Count
    output_tokens: Count
    least_quality: Ten = Decimal(0)
    most_usd: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)] | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [_CASE]})


class EvalIn(Body):
    """What would change; what is left out stays. Without `cases` the shipped ones are judged."""

    project_id: UUID
    task_type: TaskType | None = None
    preferred_model: Annotated[str, Field(max_length=200)] | None = None
    minimum_quality: Ten | None = None
    cases: Annotated[list[CaseIn], Field(max_length=MOST_CASES)] = []

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "project_id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03",
                    "task_type": "builder",
                    "preferred_model": "gpt-3.5-turbo",
                }
            ]
        }
    )


class VerdictOut(Schema):
    """Which model a case goes to, at what estimated cost (USD, null where no price is known), and
    what is wrong with that; `model` is null where none may do it."""

    case: str
    task_type: str
    model: str | None
    cost: str | None
    faults: list[str]


class EvalTrialOut(Schema):
    """All cases under one set of settings."""

    passed: int
    cases: int
    cost: str = Field(description="USD of all together, as far as prices are known")
    verdicts: list[VerdictOut]

    @classmethod
    def of(cls, verdicts: list[Verdict]) -> EvalTrialOut:
        """From the room's own type."""
        return cls(
            passed=passed(verdicts),
            cases=len(verdicts),
            cost=str(metering.money(total(verdicts))),
            verdicts=[
                VerdictOut(
                    case=one.case,
                    task_type=one.task_type,
                    model=one.model or None,
                    cost=None if one.cost is None else metering.money(one.cost),
                    faults=list(one.faults),
                )
                for one in verdicts
            ],
        )


class EvalOut(Schema):
    """As it is, as it would be, and which cases that would make worse or better."""

    before: EvalTrialOut
    after: EvalTrialOut
    worse: list[str]
    better: list[str]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "before": {"passed": 1, "cases": 1, "cost": "0.004500", "verdicts": [_VERDICT]},
                    "after": {"passed": 1, "cases": 1, "cost": "0.004500", "verdicts": [_VERDICT]},
                    "worse": [],
                    "better": [],
                }
            ]
        }
    )


@router.post(
    "/models/eval",
    response=EvalOut,
    operation_id="evaluateRouting",
    summary="Judge a change of routing before it is made",
)
def evaluate_routing(request: HttpRequest, payload: EvalIn) -> EvalOut:
    """Each labelled task is routed as things are and as they would be. Nothing is kept, and no
    model is asked."""
    given: dict[str, Any] = {
        "preferred_model": payload.preferred_model,
        "minimum_quality": payload.minimum_quality,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if payload.preferred_model and payload.task_type is None:
        raise Invalid("A model is preferred for one type of task; say which.", field="task_type")
    cases = [
        ai.Case(
            name=one.name,
            task_type=one.task_type,
            input=one.input_tokens,
            output=one.output_tokens,
            least_quality=one.least_quality,
            most_usd=one.most_usd,
        )
        for one in payload.cases
    ]
    with project_scope(actor_of(request), payload.project_id, "plan.read") as access:
        found = ai.evaluate(access, task_type=payload.task_type, changes=changes, cases=cases)
    return EvalOut(
        before=EvalTrialOut.of(found.before),
        after=EvalTrialOut.of(found.after),
        worse=found.worse,
        better=found.better,
    )
