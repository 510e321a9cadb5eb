"""Labelled tasks, and how settings do on them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Case:
    """A task and what a good choice for it is. `input` and `output` are tokens, `least_quality` is
    from 0 to 10, `most_usd` None for any price."""

    name: str
    task_type: str
    input: int
    output: int
    least_quality: Decimal
    most_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which model a case goes to; `faults` say what is wrong with that, none where it is good.
    `cost` in USD is None where no price is known."""

    case: str
    task_type: str
    model: str
    cost: Decimal | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All cases as things are, and as they would be. `worse` names the cases that were good and
    would not be any more, `better` the other way round."""

    before: list[Verdict]
    after: list[Verdict]
    worse: list[str]
    better: list[str]


def passed(verdicts: list[Verdict]) -> int:
    """How many are good."""
    return sum(not one.faults for one in verdicts)


def total(verdicts: list[Verdict]) -> Decimal:
    """What all would cost together, as far as it is known."""
    return sum((one.cost for one in verdicts if one.cost is not None), Decimal(0))
