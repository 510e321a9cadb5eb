"""Have two models do a task side by side, and have a third judge between them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from buildrunner.server.domains.ai.actions.complete import (
    MAX_TOKENS,
    TASKS,
    Asked,
    Check,
    give_back,
    nobody,
    prepare,
    targets,
)
from buildrunner.server.domains.ai.actions.duels import Called, Duel, call_all, hold_all
from buildrunner.server.domains.ai.actions.keep_arbitration import keep_arbitration
from buildrunner.server.domains.ai.errors import (
    ArbitrationUnpriced,
    DualRunOff,
    MultiplierExceeded,
    NoSecondModel,
    QualityTooLow,
)
from buildrunner.server.domains.ai.queries import routing
from buildrunner.server.domains.ai.rules import arbitration as rules
from buildrunner.server.domains.ai.rules.asking import body_for, unfit
from buildrunner.server.domains.ai.rules.providers import billed_as
from buildrunner.server.domains.ai.types.arbitrations import (
    LABELS,
    Arbitrated,
    Criterion,
)
from buildrunner.server.domains.ai.types.completions import Message
from buildrunner.server.domains.ai.types.providers import Upstream
from buildrunner.server.domains.ai.types.routing import Candidate, TaskSettings
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid


def arbitrate(
    actor: Actor,
    project_id: UUID,
    task_type: str,
    messages: Sequence[Message],
    *,
    microstep: str = "",
    max_tokens: int = MAX_TOKENS,
    models: tuple[str, str] | None = None,
    rubric: Sequence[Criterion] | None = None,
    json_schema: Mapping[str, Any] | None = None,
    check: Check | None = None,
    least: Decimal = Decimal(0),
) -> Arbitrated:
    """Two answers, and the one that a judge takes twice; where it does not, a person decides and
    the answer with the higher marks comes back meanwhile. Needs `model.use`, and the project's
    `dual_run_enabled` for the task; call it outside of a transaction.

    Both answers have to stay within `max_cost_multiplier` times what the first alone is estimated
    at; the judge's two passes are held against budgets with them. `check` and `least` are as in `complete`: an answer that
    falls short of them leaves the other unopposed. Raises DualRunOff, NoSecondModel,
    ArbitrationUnpriced, MultiplierExceeded, BudgetExceeded and QuotaExceeded before anything is
    spent; UpstreamFailed, UpstreamSlow, QualityTooLow where neither answers.
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
    with project_scope(actor, project_id, "plan.read") as access:
        settings = routing.settings_of(access, task_type)
        size = sum(len(one.text.encode()) for one in messages)
        judging = routing.recommend(
            access,
            "arbitrate",
            input_tokens=size // 4 + 2 * max_tokens + rules.FRAME_TOKENS,
            output_tokens=rules.JUDGE_TOKENS,
            must_be_served=True,
        )
    if not settings.dual_run_enabled:
        raise DualRunOff(
            f"This project does not compare two models {TASKS[task_type]}. Whoever manages models"
            f" switches it on: br models settings {task_type} --dual on, or"
            " POST /api/models/settings with dual_run_enabled."
        )
    known = {one.model: (one, where) for one, where in targets(asked.cause.org_id, asked.decision)}
    judges = {one.model: (one, where) for one, where in targets(asked.cause.org_id, judging)}
    cast = _cast(asked, settings, known, judges, models, size, most, max_tokens)
    duel = Duel(
        cast=cast,
        task_type=task_type,
        microstep=asked.cause.microstep or "",
        question="\n\n".join(f"[{one.role}]\n{one.text}" for one in messages),
        rubric=tuple(rubric or rules.RUBRIC),
        sides={},
        passes=[],
        least=least,
        json_schema=json_schema,
    )
    _require_rubric(duel.rubric)
    names = [cast.first, cast.second]
    if secrets.randbelow(2):
        names.reverse()
    for label, name in zip(LABELS, names, strict=True):
        own = Asked(actor, project_id, asked.decision, asked.cause, asked.unknown)
        other = names[1 - LABELS.index(label)]
        own.reason = f"it runs beside {other}; a judge compares them"
        limit = min(max_tokens, most.get(name, max_tokens))
        where = known[name][1]
        body = body_for(
            where.kind, where.model, messages, max_tokens=limit, json_schema=json_schema
        )
        duel.sides[label] = Called(own, known[name][0], where, limit, len(body), body)
    judge, where = judges[cast.judge]
    room = size + 4 * (max_tokens + rules.FRAME_TOKENS)
    for order in ("AB", "BA"):
        own = Asked(actor, project_id, judging, asked.cause, asked.unknown)
        own.reason = f"it judges between two answers shown in the order {order}"
        duel.passes.append(Called(own, judge, where, rules.JUDGE_TOKENS, room, order=order))
    hold_all([*duel.sides.values(), *duel.passes])
    return _run(duel, check)


def _run(duel: Duel, check: Check | None) -> Arbitrated:
    sides = list(duel.sides.values())
    try:
        call_all(sides)
        for one in sides:
            if one.told is not None:
                one.quality = None if check is None else check(one.told.text)
                one.lost = unfit(one.told, one.quality, duel.least)
        texts = {one.told.text for one in sides if one.told is not None and not one.lost}
        contested = len(texts) == 2
        if contested:
            _ask_judge(duel)
    finally:
        for one in duel.passes:
            if not one.body and one.held is not None:
                give_back(one.held)
    if not texts:
        raise _none(duel)
    return keep_arbitration(duel, contested)


def _ask_judge(duel: Duel) -> None:
    texts = {label: one.told.text for label, one in duel.sides.items() if one.told is not None}
    for one in duel.passes:
        shown = (texts["A"], texts["B"]) if one.order == "AB" else (texts["B"], texts["A"])
        asked = rules.question(duel.question, shown, duel.rubric, secrets.token_hex(16))
        one.body = body_for(
            one.upstream.kind,
            one.upstream.model,
            asked,
            max_tokens=one.limit,
            json_schema=rules.schema(duel.rubric),
        )
    call_all(duel.passes)
    for one in duel.passes:
        if one.told is not None:
            swapped = one.order == "BA"
            one.verdict, one.lost = rules.read_verdict(one.told.text, duel.rubric, swapped=swapped)


def _cast(
    asked: Asked,
    settings: TaskSettings,
    known: Mapping[str, tuple[Candidate, Upstream]],
    judges: Mapping[str, tuple[Candidate, Upstream]],
    models: tuple[str, str] | None,
    size: int,
    most: Mapping[str, int],
    max_tokens: int,
) -> rules.Cast:
    """Who answers and who judges, or the refusal in words; nothing is spent by then."""
    org_id, now = asked.cause.org_id, datetime.now(UTC)
    for name in models or ():
        if name not in known:
            raise nobody(asked.decision, name)
    if models and models[0] == models[1]:
        raise NoSecondModel(f"{models[0]} cannot be compared with itself: name two models.")
    first, seconds = _order(list(known.values()), models)
    if not first:
        raise nobody(asked.decision, "")
    if not seconds:
        raise NoSecondModel(
            f"Only {first} can be asked {TASKS[settings.task_type]} here. A comparison needs"
            " another: add a provider under Organization → Models, or a profile."
        )
    if not judges:
        raise NoSecondModel(
            "No model can be asked to judge: one with a profile for arbitrate and a provider is"
            " needed. Add one under Organization → Models."
        )

    def priced(upstream: Upstream, tokens: int, limit: int) -> Decimal | None:
        price = metering.quote(org_id, billed_as(upstream), upstream.model, now)
        return None if price is None else price.upper_bound(tokens, limit)

    tokens = size // 4 + 1
    costs = {
        name: priced(known[name][1], tokens, min(max_tokens, most.get(name, max_tokens)))
        for name in (first, *seconds)
    }
    passes = {
        name: priced(where, tokens + 2 * max_tokens + rules.FRAME_TOKENS, rules.JUDGE_TOKENS)
        for name, (_, where) in judges.items()
    }
    allowed = settings.max_cost_multiplier
    found, closest = rules.cast(
        first, seconds, list(judges), costs.__getitem__, passes.__getitem__, allowed
    )
    if found is not None:
        return found
    if closest is None:
        unpriced = [name for name, cost in {**costs, **passes}.items() if cost is None]
        raise ArbitrationUnpriced(
            f"No price is known of {', '.join(unpriced)}, so nobody can say what a comparison"
            " costs. Set a price (br cost prices), or name two models that have one."
        )
    raise MultiplierExceeded(
        f"The answers of {first} and {closest.second} are estimated at"
        f" {closest.multiplier:.2f} times the {closest.single:.6f} USD of {first} alone (with a judge"
        f" {closest.total:.6f} USD in all); the project allows {allowed:g} times. Raise max_cost_multiplier (br models settings --multiplier, or"
        " POST /api/models/settings), name cheaper models, or ask one model only.",
        estimated_usd=metering.money(closest.total),
        single_usd=metering.money(closest.single),
        multiplier=str(closest.multiplier),
        max_cost_multiplier=str(allowed),
    )


def _order(
    known: Sequence[tuple[Candidate, Upstream]], models: tuple[str, str] | None
) -> tuple[str, list[str]]:
    if models:
        return models[0], [models[1]]
    candidates = [one for one, _ in known]
    return (candidates[0].model if candidates else ""), rules.seconds_for(candidates)


def _require_rubric(rubric: Sequence[Criterion]) -> None:
    names = [one.name for one in rubric]
    if len(set(names)) != len(names):
        raise Invalid("Each criterion of the rubric needs a name of its own.", field="rubric")


def _none(duel: Duel) -> Exception:
    """Neither answered; each attempt is on the record of its route."""
    for one in duel.sides.values():
        if one.told is not None:
            one.asked.answered(
                one.candidate, one.told, one.took, quality=one.quality, lost=one.lost
            )
        else:
            one.asked.failed(one.candidate, one.lost)
    if all(one.trouble is not None for one in duel.sides.values()):
        return duel.sides[duel.first].trouble or RuntimeError("a call was lost without a reason")
    spent = sum((one.cost for one in duel.sides.values() if one.cost is not None), Decimal(0))
    return QualityTooLow(
        f"Neither of two models that were asked {TASKS[duel.task_type]} answered well enough: the"
        f" minimum here is {duel.least:g}.",
        attempts=[f"{one.candidate.model}: {one.lost}" for one in duel.sides.values()],
        cost_usd=metering.money(spent),
    )
