"""Ask a model for the product itself: routed, held against budgets, metered, judged, on the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.ai.actions.route_task import keep_outcome, keep_route
from buildrunner.server.domains.ai.errors import (
    ModelUnserved,
    NoModel,
    QualityTooLow,
    UpstreamFailed,
    UpstreamSlow,
)
from buildrunner.server.domains.ai.queries import calling, routing
from buildrunner.server.domains.ai.queries.places import find_place
from buildrunner.server.domains.ai.queries.providers import choose, upstreams
from buildrunner.server.domains.ai.rules.asking import Told, body_for, unfit
from buildrunner.server.domains.ai.rules.providers import billed_as
from buildrunner.server.domains.ai.types.completions import Attempt, Completion, Message
from buildrunner.server.domains.ai.types.providers import Upstream
from buildrunner.server.domains.ai.types.routing import Candidate, Decision
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.observe import visits

SOURCE: Final = "buildrunner"
MAX_TOKENS: Final = 4_000
TASKS: Final = {
    "planner": "for a plan",
    "builder": "to build",
    "qa": "to check",
    "explain": "to explain",
    "rescope": "to rescope",
    "arbitrate": "to arbitrate",
}
#: A question is not paid for more often than this, however many models there are.
MOST_ASKED: Final = 3
#: Says how good an answer is, from 0 to 10.
Check = Callable[[str], Decimal]


def complete(
    actor: Actor,
    project_id: UUID,
    task_type: str,
    messages: Sequence[Message],
    *,
    microstep: str = "",
    max_tokens: int = MAX_TOKENS,
    model: str = "",
    json_schema: Mapping[str, Any] | None = None,
    check: Check | None = None,
    least: Decimal = Decimal(0),
) -> Completion:
    """The answer of the best model that may do the task. Needs `model.use`; call it outside of a
    transaction, since a provider may take minutes.

    Each model that is asked gets a route with its outcome. Where it fails or stops at its limit of
    tokens, or where `check` finds its answer below the project's minimum for the task (or `least`),
    the next one is asked, three at most.
    `model` asks that one only. Raises NoModel (nobody can be asked), QualityTooLow, UpstreamFailed, UpstreamSlow, and
    BudgetExceeded, Unpriced, QuotaExceeded (402) before anything is spent.
    """
    asked, least, most = prepare(
        actor,
        project_id,
        task_type,
        messages,
        microstep=microstep,
        max_tokens=max_tokens,
        least=least,
    )
    decision, org_id = asked.decision, asked.cause.org_id
    if model:
        asked.reason = "it was asked for by name"
    trouble: Exception | None = None
    for candidate, upstream in islice(targets(org_id, decision, model), MOST_ASKED):
        limit = min(max_tokens, most.get(candidate.model, max_tokens))
        body = body_for(
            upstream.kind, upstream.model, messages, max_tokens=limit, json_schema=json_schema
        )
        try:
            told, took = _spend(asked, upstream, body, limit)
        except metering.Unpriced as refused:
            trouble = trouble or refused
            asked.lost(candidate, refused.detail)
            continue
        except (UpstreamFailed, UpstreamSlow) as failed:
            trouble = failed
            asked.failed(candidate, failed.detail)
            continue
        try:
            quality = None if check is None else check(told.text)
        except Exception:
            # It was paid for: the record says so, whatever is wrong with the judgement.
            asked.answered(candidate, told, took, quality=None, lost="it could not be judged")
            raise
        words = unfit(told, quality, least)
        if words:
            asked.answered(candidate, told, took, quality=quality, lost=words)
            trouble = QualityTooLow(
                f"No model that was asked {TASKS[task_type]} answered well enough: the minimum here is"
                f" {least:g}.",
                attempts=[f"{one.model}: {one.lost}" for one in asked.attempts],
                cost_usd=metering.money(asked.spent),
            )
            continue
        return asked.answered(candidate, told, took, quality=quality)
    raise trouble or nobody(decision, model)


def prepare(
    actor: Actor,
    project_id: UUID,
    task_type: str,
    messages: Sequence[Message],
    *,
    microstep: str = "",
    max_tokens: int,
    least: Decimal = Decimal(0),
) -> tuple[Asked, Decimal, dict[str, int]]:
    """Who may be asked for a task and on whose account, the least quality of its answer, and how
    many tokens each model answers with at most. Needs `model.use`."""
    size = sum(len(one.text.encode()) for one in messages)
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("model.use")
        org_id = access.org_id
        decision = routing.recommend(
            access,
            task_type,
            input_tokens=size // 4 + 1,
            output_tokens=max_tokens,
            must_be_served=True,
        )
        least = max(least, routing.settings_of(access, task_type).minimum_quality)
        most = {one.model: one.max_output for one in routing.profiles(org_id)}
    metering.require_quota(org_id, "tokens", Decimal(1))
    place = find_place(actor, project_id, microstep) if microstep else None
    service = actor.kind == "service"
    cause = metering.Attribution(
        org_id=org_id,
        project_id=project_id,
        milestone=place.milestone if place else None,
        step=place.step if place else None,
        microstep=place.microstep if place else None,
        run=actor.run or None,
        agent_id=actor.person_id if service else None,
        person_id=None if service else actor.person_id,
        key_id=actor.key_id,
    )
    asked = Asked(actor, project_id, decision, cause, place is not None and not place.known)
    return asked, least, most


class Asked:
    """Who asks what for, and what came of it so far."""

    def __init__(
        self,
        actor: Actor,
        project_id: UUID,
        decision: Decision,
        cause: metering.Attribution,
        unknown: bool,
    ) -> None:
        self.actor, self.project_id = actor, project_id
        self.decision, self.cause, self.unknown = decision, cause, unknown
        self.attempts: list[Attempt] = []
        self.spent: Decimal | None = None
        self.reason = decision.reason

    def lost(self, candidate: Candidate, why: str) -> None:
        """It was not even asked."""
        self.attempts.append(Attempt(candidate.model, candidate.provider, None, why))

    def failed(self, candidate: Candidate, why: str) -> None:
        """It did not answer."""
        route_id = self._keep(candidate, success=False, note=why)
        self.attempts.append(Attempt(candidate.model, candidate.provider, route_id, why))

    def answered(
        self,
        candidate: Candidate,
        told: Told,
        took: int,
        *,
        quality: Decimal | None,
        lost: str = "",
    ) -> Completion:
        """It answered; `lost` says why the answer is not taken."""
        route_id = self._keep(
            candidate,
            success=not lost,
            note=lost,
            quality=quality,
            latency_ms=took,
            tokens=told.tokens,
        )
        self.attempts.append(Attempt(candidate.model, candidate.provider, route_id, lost, quality))
        used = told.tokens or metering.Tokens()
        return Completion(
            text=told.text,
            model=candidate.model,
            provider=candidate.provider,
            route_id=route_id,
            input_tokens=used.input + used.cache_read + used.cache_write,
            output_tokens=used.output + used.reasoning,
            cost=self.spent,
            latency_ms=took,
            attempts=tuple(self.attempts),
            quality=quality,
        )

    def _keep(self, candidate: Candidate, *, note: str, **outcome: Any) -> UUID:
        before = self.attempts[-1] if self.attempts else None
        reason = f"{before.model} was not taken: {before.lost}" if before else self.reason
        with project_scope(self.actor, self.project_id, "plan.read") as access:
            row = keep_route(
                self.actor,
                access,
                self.decision,
                candidate.model,
                microstep_id=self.cause.microstep or "",
                reason=reason[:500],
            )
            keep_outcome(self.actor, row, note=note[:500], **outcome)
            return row.id


def targets(
    org_id: UUID, decision: Decision, model: str = ""
) -> Iterator[tuple[Candidate, Upstream]]:
    """Whom to ask, best first: each model at the first provider that serves it."""
    known = upstreams(org_id)
    for candidate in decision.candidates:
        # Without a score it was barred: by the organization, the task or its own size.
        if candidate.score is None or (model and candidate.model != model):
            continue
        with suppress(ModelUnserved):
            yield candidate, choose(known, candidate.model, "chat")[0]


def _spend(asked: Asked, upstream: Upstream, body: bytes, limit: int) -> tuple[Told, int]:
    """Call and meter; what a failed call may have cost is given back, as nobody charges for it."""
    held = hold(asked, upstream, len(body), limit)
    try:
        told, took = call(upstream, body)
    except BaseException as problem:
        give_back(held, problem)
        raise
    book(asked, held, body, told)
    return told, took


@dataclass(frozen=True, slots=True)
class Held:
    """What a call can cost is held against the budgets of its cause."""

    id: UUID
    org_id: UUID
    upstream: Upstream
    price: metering.Price | None
    since: datetime


def hold(asked: Asked, upstream: Upstream, size: int, limit: int) -> Held:
    """Hold the most that a question of `size` bytes and an answer of `limit` tokens can cost.
    Raises BudgetExceeded, Unpriced."""
    org_id, now = asked.cause.org_id, datetime.now(UTC)
    price = metering.quote(org_id, billed_as(upstream), upstream.model, now)
    held = Held(uuid7(), org_id, upstream, price, now)
    # No tokenizer makes more tokens than bytes.
    most = None if price is None else price.upper_bound(size, limit)
    metering.reserve(asked.cause, most, id=held.id)
    return held


def call(upstream: Upstream, body: bytes) -> tuple[Told, int]:
    """The answer and how many milliseconds it took; touches no database, so that calls can run
    beside each other. Raises UpstreamFailed, UpstreamSlow."""
    began = time.perf_counter()
    told = calling.ask(upstream, body)
    return told, int((time.perf_counter() - began) * 1000)


def give_back(held: Held, problem: BaseException | None = None) -> None:
    """Release what is held for a call that was not served."""
    # Whoever ran into the limit of time may have been served, and paid, all the same.
    if not isinstance(problem, UpstreamSlow):
        metering.release(held.org_id, held.id)


def book(asked: Asked, held: Held, body: bytes, told: Told) -> Decimal | None:
    """Meter a call that was answered, and settle what was held for it; what it cost."""
    cause, upstream = asked.cause, held.upstream
    guessed = metering.Tokens(input=len(body) // 4, output=len(told.text.encode()) // 4)
    tokens = told.tokens or guessed
    cost = None if held.price is None else held.price.cost(tokens)
    if cost is not None:
        asked.spent = (asked.spent or Decimal(0)) + cost
    usage = metering.Usage(
        id=held.id.hex,
        source=SOURCE,
        type="tokens",
        time=held.since,
        quantity=Decimal(tokens.total),
        model=upstream.model,
        provider=billed_as(upstream),
        tokens=tokens,
        attribution=cause,
        data={
            "task_type": asked.decision.task_type,
            "provider_id": str(upstream.provider_id),
            "request_id": visits.request_id(),
            **({} if told.tokens else {"estimated": True}),
            **({"unknown_microstep": True} if asked.unknown else {}),
        },
        reserved=True,
    )
    with project_scope(asked.actor, asked.project_id, "plan.read"):
        metering.record_usage(None, cause.org_id, [usage])
        metering.settle(cause.org_id, held.id, cost)
    return cost


def nobody(decision: Decision, model: str) -> NoModel:
    """Nobody can be asked, or not the model that was named."""
    named = [one for one in decision.candidates if not model or one.model == model]
    missing = [f"{one.model}: {one.lost}" for one in named if one.lost][:10]
    task, where = TASKS[decision.task_type], "under Organization → Models"
    if not model or not any(one.served for one in decision.candidates):
        said = (
            f"No model can be asked {task} here. With the key of a provider one could: whoever"
            f" manages models adds it {where}."
        )
    elif not named:
        said = (
            f"{model} cannot be asked {task}: nothing says what it is good for. Whoever manages"
            f" models does {where}, or with br models set."
        )
    else:
        why = named[0].lost if named[0].served else "no provider here serves it"
        said = f"{model} cannot be asked {task}: {why}."
    return NoModel(said, missing=missing)
