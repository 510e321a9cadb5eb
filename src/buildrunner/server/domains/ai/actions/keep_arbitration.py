"""Put a comparison on the record, and take a person's decision."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.ai import events
from buildrunner.server.domains.ai.actions.duels import Called, Duel
from buildrunner.server.domains.ai.errors import (
    ArbitrationAbsent,
    ArbitrationDecided,
    DecidedInPerson,
)
from buildrunner.server.domains.ai.models import Arbitration
from buildrunner.server.domains.ai.queries.arbitrating import arbitration_view
from buildrunner.server.domains.ai.rules import arbitration as rules
from buildrunner.server.domains.ai.types import arbitrations as types
from buildrunner.server.domains.ai.types.arbitrations import LABELS, Arbitrated, Label, Ruling
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit

LONGEST_REASON: Final = 1_000


def keep_arbitration(duel: Duel, contested: bool) -> Arbitrated:
    """The routes of all calls with their outcomes, then the comparison; in one transaction."""
    actor = duel.sides["A"].asked.actor
    ruling, likely = _ruling(duel, contested)
    verdicts = [one.verdict for one in duel.passes]
    scores = {label: rules.mean_score(verdicts, label) for label in LABELS}
    with project_scope(actor, duel.sides["A"].asked.project_id, "plan.read") as access:
        for label, one in duel.sides.items():
            _keep_route(one, scores[label])
        for one in duel.passes if contested else ():
            _keep_route(one, None)
        calls = [*duel.sides.values(), *duel.passes]
        spent = sum((one.cost for one in calls if one.cost is not None), Decimal(0))
        single = duel.sides[duel.first].cost
        answers = sum((one.cost or Decimal(0) for one in duel.sides.values()), Decimal(0))
        row = Arbitration.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            task_type=duel.task_type,
            microstep_id=duel.microstep,
            question=duel.question,
            rubric=[{"name": one.name, "meaning": one.meaning} for one in duel.rubric],
            candidates=[
                _candidate_json(label, one, verdicts, scores[label])
                for label, one in duel.sides.items()
            ],
            passes=[_pass_json(one) for one in duel.passes] if contested else [],
            model_a=duel.sides["A"].candidate.model,
            model_b=duel.sides["B"].candidate.model,
            contested=contested,
            judge=duel.cast.judge,
            judge_is_candidate=duel.cast.judge in (duel.cast.first, duel.cast.second),
            status="decided" if ruling.winner else "awaiting_decision",
            winner=ruling.winner or "",
            confidence=ruling.confidence,
            rationale=_rationale(duel, ruling, verdicts),
            multiplier_estimated=duel.cast.multiplier,
            multiplier_actual=rules.times(answers, single) if single else None,
            cost=spent,
            actor=actor.record(),
        )
        emit(
            events.ARBITRATED,
            actor=actor,
            org_id=row.org_id,
            project_id=row.project_id,
            subject=str(row.id),
            data={
                "task_type": row.task_type,
                "microstep": row.microstep_id,
                "models": sorted((row.model_a, row.model_b)),
                "judge": row.judge,
                "status": row.status,
                "winner": duel.sides[ruling.winner].candidate.model if ruling.winner else "",
                "confidence": row.confidence,
                "multiplier": str(row.multiplier_estimated),
            },
        )
        record = arbitration_view(row)
    taken = ruling.winner or likely
    return Arbitrated(
        record=record,
        text=record.text(taken),
        model=duel.sides[ruling.winner].candidate.model if ruling.winner else "",
        cost=spent,
        awaiting=not ruling.winner,
    )


def decide_arbitration(
    actor: Actor, project_id: UUID, arbitration_id: UUID, *, winner: str, reason: str
) -> types.Arbitration:
    """A person takes one of the two answers, once. Needs `model.use`, and a person in a browser.
    Raises ArbitrationAbsent, DecidedInPerson, ArbitrationDecided, Invalid."""
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("model.use")
        row = (
            Arbitration.objects.select_for_update()
            .filter(id=arbitration_id, project_id=project_id)
            .first()
        )
        if row is None:
            raise ArbitrationAbsent(f"There is no arbitration {arbitration_id} in this project.")
        if actor.kind != "person" or actor.person_id is None:
            raise DecidedInPerson(f"/projects/{project_id}/models/arbitrations/{arbitration_id}")
        if row.status != "awaiting_decision":
            raise ArbitrationDecided("Between these answers it was decided already.")
        if winner not in LABELS:
            raise Invalid("Say which answer is taken: A or B.", field="winner")
        reason = " ".join(reason.split())
        if not 0 < len(reason) <= LONGEST_REASON:
            raise Invalid(
                f"Say why in 1 to {LONGEST_REASON:,} characters; the reason stays on the record.",
                field="reason",
            )
        row.winner, row.status = winner, "decided_by_person"
        row.decided_by, row.decided_reason = actor.record(), reason
        row.decided_at = datetime.now(UTC)
        row.save()
        names = {"A": row.model_a, "B": row.model_b}
        emit(
            events.ARBITRATION_DECIDED,
            actor=actor,
            org_id=row.org_id,
            project_id=row.project_id,
            subject=str(row.id),
            data={
                "task_type": row.task_type,
                "winner": names.pop(winner),
                "loser": next(iter(names.values())),
                "reason": reason,
            },
        )
        return arbitration_view(row)


def _ruling(duel: Duel, contested: bool) -> tuple[Ruling, Label]:
    """What follows, and the answer to go on with while a person has to decide."""
    if not contested:
        held = [label for label, one in duel.sides.items() if one.told and not one.lost]
        taken: Label = held[0] if len(held) == 1 else duel.first
        return Ruling(taken, None), taken
    one, other = (each.verdict for each in duel.passes)
    scores = {label: rules.mean_score([one, other], label) for label in LABELS}
    return rules.decide(one, other, least=duel.least), rules.higher(scores, duel.first)


def _rationale(duel: Duel, ruling: Ruling, verdicts: list[types.Verdict | None]) -> str:
    if ruling.why:
        return ruling.why
    lost = [one.lost for one in duel.sides.values() if one.lost]
    if lost:
        return f"the other has no answer that counts: {lost[0]}"
    return next((one.rationale for one in verdicts if one is not None), "both answers are the same")


def _keep_route(one: Called, score: Decimal | None) -> None:
    if one.told is None:
        one.asked.failed(one.candidate, one.lost)
    else:
        quality = one.quality
        if quality is None and score is not None:
            quality = (score / 10).quantize(Decimal("0.01"))
        one.asked.answered(one.candidate, one.told, one.took, quality=quality, lost=one.lost)
    one.route_id = one.asked.attempts[-1].route_id


def _candidate_json(
    label: Label, one: Called, verdicts: list[types.Verdict | None], score: Decimal | None
) -> dict[str, Any]:
    tokens = one.told.tokens if one.told is not None else None
    heard = [said.scores[label] for said in verdicts if said is not None]
    marks = (
        {name: round(sum(each[name] for each in heard) / len(heard), 1) for name in heard[0]}
        if heard
        else {}
    )
    return {
        "label": label,
        "model": one.candidate.model,
        "provider": one.candidate.provider,
        "text": one.told.text if one.told is not None else "",
        "route_id": str(one.route_id),
        "cost": metering.money(one.cost),
        "input_tokens": tokens.input + tokens.cache_read + tokens.cache_write if tokens else None,
        "output_tokens": tokens.output + tokens.reasoning if tokens else None,
        "latency_ms": one.took if one.told is not None else None,
        "scores": marks,
        "score": None if score is None else str(score),
        "lost": one.lost,
    }


def _pass_json(one: Called) -> dict[str, Any]:
    said = one.verdict
    return {
        "order": one.order,
        "winner": said.winner if said else None,
        "confidence": said.confidence if said else None,
        "rationale": said.rationale if said else "",
        "scores": said.scores if said else None,
        "note": one.lost,
        "cost": metering.money(one.cost),
        "route_id": str(one.route_id),
    }
