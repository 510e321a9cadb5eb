"""Which model a task goes to: a decision with its reasons, computed the same way each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from buildrunner.server.domains.ai.types.routing import (
    Candidate,
    Decision,
    Profile,
    Record,
    TaskSettings,
)

#: What counts how much, by type of task; each row adds up to one.
WEIGHTS: Final[dict[str, dict[str, Decimal]]] = {
    task: dict(zip(("quality", "speed", "cost", "outcome"), map(Decimal, row), strict=True))
    for task, row in {
        "planner": ("0.55", "0.10", "0.15", "0.20"),
        "builder": ("0.30", "0.25", "0.25", "0.20"),
        "qa": ("0.30", "0.25", "0.25", "0.20"),
        "explain": ("0.50", "0.15", "0.15", "0.20"),
        "rescope": ("0.40", "0.20", "0.20", "0.20"),
        "arbitrate": ("0.70", "0.05", "0.05", "0.20"),
    }.items()
}
#: A model without outcomes counts as if it had so many, at this rate: one lucky call decides nothing.
PRIOR_CALLS: Final = 5
PRIOR_RATE: Final = Decimal("0.8")
_ONE = Decimal(1)
_PLACES = Decimal("0.0001")


def outcome_score(record: Record | None) -> Decimal:
    """Success and judged quality in the project, from 0 to 1, drawn towards the prior."""
    calls = record.calls if record else 0
    succeeded = record.succeeded if record else 0
    rate = (succeeded + PRIOR_CALLS * PRIOR_RATE) / (calls + PRIOR_CALLS)
    if record is None or record.quality is None:
        return rate
    weight = Decimal(calls) / (calls + PRIOR_CALLS)
    return rate * (_ONE - weight / 2) + record.quality / 10 * weight / 2


def decide(
    settings: TaskSettings,
    profiles: Sequence[Profile],
    *,
    costs: Mapping[str, Decimal | None],
    served: Mapping[str, bool],
    records: Mapping[str, Record],
    tokens: int = 0,
    barred: Mapping[str, str] | None = None,
    must_be_served: bool = False,
) -> Decision:
    """Choose among profiles.

    Args:
        settings: the task's; a preferred model wins unless it is barred.
        costs: estimated USD of this task by model, None where no price is known.
        served: whether a provider of the organization serves the model.
        records: the project's own outcomes on this type of task.
        tokens: input and output together, for the context.
        barred: model → why policy or health forbids it.
        must_be_served: whether only models with a provider may be chosen.
    """
    weights = WEIGHTS[settings.task_type]
    known = [cost for cost in costs.values() if cost]
    cheapest = min(known, default=None)
    scored, out = [], []
    for profile in profiles:
        why = _barred(settings, profile, tokens, served, barred or {}, must_be_served)
        cost = costs.get(profile.model)
        if why:
            out.append(
                Candidate(profile.model, profile.provider, None, {}, cost, why,
                          served.get(profile.model, False))
            )  # fmt: skip
            continue
        parts = {
            "quality": profile.quality / 10,
            "speed": profile.speed / 10,
            "cost": _cost_score(cost, cheapest),
            "outcome": outcome_score(records.get(profile.model)),
        }
        score = sum((weights[name] * value for name, value in parts.items()), Decimal(0))
        scored.append((profile, score, parts, cost))
    scored.sort(key=lambda row: (row[0].model != settings.preferred_model, -row[1], row[0].model))
    return _decided(settings, scored, out, served)


_Scored = tuple[Profile, Decimal, dict[str, Decimal], "Decimal | None"]


def _decided(
    settings: TaskSettings,
    scored: Sequence[_Scored],
    out: list[Candidate],
    served: Mapping[str, bool],
) -> Decision:
    if not scored:
        return Decision(settings.task_type, "", "no model may do this", out)
    best, best_score = scored[0][0], scored[0][1]
    candidates = []
    for place, (profile, score, parts, cost) in enumerate(scored):
        lost = "" if place == 0 else _lost(best_score, score, scored[0][2], parts)
        if place and best.model == settings.preferred_model and score >= best_score:
            lost = f"the project prefers {best.model}"
        rounded = {name: value.quantize(_PLACES) for name, value in parts.items()}
        candidates.append(
            Candidate(profile.model, profile.provider, score.quantize(_PLACES), rounded, cost, lost,
                      served.get(profile.model, False))
        )  # fmt: skip
    preferred = best.model == settings.preferred_model
    reason = "the project prefers it" if preferred else "the highest score"
    dearest = max((row[3] for row in scored if row[3] is not None), default=None)
    first = scored[0][3]
    saved = dearest - first if dearest is not None and first is not None else None
    second, multiplier = _second(settings, scored)
    return Decision(
        settings.task_type, best.model, reason, [*candidates, *out], second, multiplier, saved
    )


def _second(settings: TaskSettings, scored: Sequence[_Scored]) -> tuple[str, Decimal | None]:
    """The best whose cost keeps both together within the multiplier, another provider's first; no
    multiple of nothing pays for one that costs something."""
    own, first = scored[0][0].provider, scored[0][3]
    if not settings.dual_run_enabled or first is None:
        return "", None
    for profile, _, _, cost in sorted(scored[1:], key=lambda row: row[0].provider == own):
        if cost is None or (cost and not first):
            continue
        multiplier = (first + cost) / first if first else _ONE
        if multiplier <= settings.max_cost_multiplier:
            return profile.model, multiplier.quantize(_PLACES)
    return "", None


def _barred(
    settings: TaskSettings,
    profile: Profile,
    tokens: int,
    served: Mapping[str, bool],
    barred: Mapping[str, str],
    must_be_served: bool,
) -> str:
    if not profile.enabled:
        return "the organization has switched it off"
    if settings.task_type not in profile.task_types:
        return f"it is not meant for {settings.task_type}"
    if profile.quality < settings.minimum_quality:
        return f"its quality {profile.quality} is below the minimum {settings.minimum_quality}"
    if tokens > profile.context:
        return f"{tokens:,} tokens do not fit into its {profile.context:,}"
    if profile.model in barred:
        return barred[profile.model]
    if must_be_served and not served.get(profile.model):
        return "no provider of the organization serves it"
    return ""


def _cost_score(cost: Decimal | None, cheapest: Decimal | None) -> Decimal:
    """1 for the cheapest, less the dearer; 0 where nobody knows what it costs."""
    if cost is None:
        return Decimal(0)
    if not cost or cheapest is None:
        return _ONE
    return cheapest / cost


def _lost(
    best: Decimal, score: Decimal, best_parts: Mapping[str, Decimal], parts: Mapping[str, Decimal]
) -> str:
    behind = max(best_parts, key=lambda name: best_parts[name] - parts[name])
    words = {"quality": "quality", "speed": "speed", "cost": "cost", "outcome": "outcomes here"}
    gap = (best - score).quantize(_PLACES)
    if best_parts[behind] <= parts[behind]:
        return "equal; the first by name was taken"
    return f"{gap} behind, most in {words[behind]}"


def grade(record: Record) -> str:
    """A to F of success and quality, as schools do; empty without calls."""
    if not record.calls:
        return ""
    rate = record.success_rate or Decimal(0)
    mark = rate if record.quality is None else (rate + record.quality / 10) / 2
    for letter, least in (("A", "0.9"), ("B", "0.8"), ("C", "0.7"), ("D", "0.6")):
        if mark >= Decimal(least):
            return letter
    return "F"
