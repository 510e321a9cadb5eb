"""The calls of a comparison: held together, made beside each other, booked one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from buildrunner.server.domains.ai.actions.complete import (
    Asked,
    Held,
    book,
    call,
    give_back,
    hold,
)
from buildrunner.server.domains.ai.errors import UpstreamFailed, UpstreamSlow
from buildrunner.server.domains.ai.rules.arbitration import Cast
from buildrunner.server.domains.ai.rules.asking import Told
from buildrunner.server.domains.ai.types.arbitrations import Criterion, Label, Verdict
from buildrunner.server.domains.ai.types.providers import Upstream
from buildrunner.server.domains.ai.types.routing import Candidate


@dataclass
class Called:
    """One model's call: who is asked, with what, and what came of it. `lost` says why there is no
    answer that counts."""

    asked: Asked
    candidate: Candidate
    upstream: Upstream
    limit: int
    size: int
    body: bytes = b""
    held: Held | None = None
    told: Told | None = None
    took: int = 0
    cost: Decimal | None = None
    quality: Decimal | None = None
    lost: str = ""
    trouble: Exception | None = None
    verdict: Verdict | None = None
    order: str = ""
    route_id: UUID | None = None


@dataclass
class Duel:
    """Both candidates by their labels, the judge's passes, and the terms they run under."""

    cast: Cast
    task_type: str
    microstep: str
    question: str
    rubric: Sequence[Criterion]
    sides: dict[Label, Called]
    passes: list[Called]
    least: Decimal
    json_schema: Mapping[str, Any] | None = field(default=None)

    @property
    def first(self) -> Label:
        """The label of the model that would have been asked alone."""
        return "A" if self.sides["A"].candidate.model == self.cast.first else "B"


def hold_all(calls: Sequence[Called]) -> None:
    """All that can be spent is held before the first call, or nothing is."""
    try:
        for one in calls:
            one.held = hold(one.asked, one.upstream, one.size, one.limit)
    except BaseException:
        for one in calls:
            if one.held is not None:
                give_back(one.held)
        raise


def call_all(calls: Sequence[Called]) -> None:
    """Beside each other; only this thread speaks to the database."""
    with ThreadPoolExecutor(len(calls), thread_name_prefix="arbitrate") as threads:
        running = [threads.submit(call, one.upstream, one.body) for one in calls]
    unforeseen: BaseException | None = None
    for one, future in zip(calls, running, strict=True):
        if one.held is None:
            raise RuntimeError("a call is made after what it can cost is held")
        problem = future.exception()
        if problem is None:
            one.told, one.took = future.result()
            one.cost = book(one.asked, one.held, one.body, one.told)
            continue
        give_back(one.held, problem)
        if isinstance(problem, UpstreamFailed | UpstreamSlow):
            one.lost, one.trouble = problem.detail, problem
        else:
            unforeseen = problem
    if unforeseen is not None:
        raise unforeseen
