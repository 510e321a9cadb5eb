"""Whether a choice of a model is a good one for a labelled task."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

from buildrunner.server.domains.ai.types.evals import Case, Judgement, Verdict
from buildrunner.server.domains.ai.types.routing import TASK_TYPES, Decision, Profile, Record

#: So many outcomes of the project count for more than a profile's own figure.
ENOUGH: Final = 5


@lru_cache(maxsize=1)
def shipped_cases() -> tuple[Case, ...]:
    """The set that comes with the product; a mistake in it stops the start."""
    path = Path(__file__).parent.parent / "evals.toml"
    found = []
    for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if row["task_type"] not in TASK_TYPES:
            raise ValueError(f"{name}: {row['task_type']} is no type of task")
        found.append(
            Case(
                name=name,
                task_type=row["task_type"],
                input=row["input"],
                output=row["output"],
                least_quality=Decimal(str(row["least_quality"])),
                most_usd=Decimal(str(row["most_usd"])),
            )
        )
    return tuple(found)


def verdict(
    case: Case, decision: Decision, profiles: Mapping[str, Profile], records: Mapping[str, Record]
) -> Verdict:
    """What the choice is worth: quality by the project's own outcomes where there are enough, else
    by the profile; cost as it was estimated."""
    if not decision.chosen:
        return Verdict(case.name, case.task_type, "", None, ("no model may do it",))
    model = decision.chosen
    cost = next(one.cost for one in decision.candidates if one.model == model)
    quality, whose = profiles[model].quality, "its profile"
    record = records.get(model)
    if record is not None and record.calls >= ENOUGH and record.quality is not None:
        quality, whose = record.quality, f"{record.calls} outcomes here"
    faults = []
    if quality < case.least_quality:
        faults.append(f"quality {quality:g} by {whose}, {case.least_quality:g} is needed")
    if case.most_usd is not None and cost is None:
        faults.append("nobody knows what it costs")
    elif case.most_usd is not None and cost is not None and cost > case.most_usd:
        faults.append(f"{cost:.4f} USD, at most {case.most_usd:g} is worth it")
    return Verdict(case.name, case.task_type, model, cost, tuple(faults))


def judgement(before: Sequence[Verdict], after: Sequence[Verdict]) -> Judgement:
    """What a change makes worse and better; both are in the order of the cases."""
    pairs = list(zip(before, after, strict=True))
    return Judgement(
        list(before),
        list(after),
        [new.case for old, new in pairs if new.faults and not old.faults],
        [new.case for old, new in pairs if old.faults and not new.faults],
    )
