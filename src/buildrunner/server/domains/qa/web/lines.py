"""Proof as the Tests page shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.qa.facade import CheckState, CriterionState, MicrostepProof

# Filters of the page: what each lets through, in words.
FILTERS: Final = {
    "": "All",
    "proven": "Proven",
    "failed": "Failing",
    "stale": "Stale",
    "unproven": "Unproven",
    "attested": "Self-attested",
    "flaky": "Flaky",
}
OUTCOMES: Final = {
    "passed": ("Passed", "circle-check", "positive"),
    "failed": ("Failed", "circle-x", "negative"),
    "error": ("Error", "triangle-alert", "negative"),
}
_BAR, _GAP, _TALL, _LOW = 4, 2, 14, 6


@dataclass(frozen=True, slots=True)
class Spark:
    """Outcomes as bars: what passed stands tall, what failed is low, so colour is not needed."""

    width: int
    bars: list[tuple[int, int, int, str]]
    label: str

    @classmethod
    def of(cls, history: Sequence[str]) -> Spark | None:
        """None without outcomes."""
        if not history:
            return None
        bars = []
        for place, outcome in enumerate(history):
            height = _TALL if outcome == "passed" else _LOW
            bars.append((place * (_BAR + _GAP), _TALL - height, height, outcome))
        counts = Counter(history)
        told = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        return cls(len(history) * (_BAR + _GAP) - _GAP, bars, f"Last {len(history)} runs: {told}")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check with its bars."""

    check: CheckState
    spark: Spark | None


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion with its checks; `number` counts from 1, None where it is the microstep itself."""

    criterion: CriterionState
    checks: list[CheckLine]
    words: str
    icon: str
    tone: str

    @property
    def number(self) -> int | None:
        """As people count."""
        return None if self.criterion.criterion is None else self.criterion.criterion + 1

    @property
    def proven(self) -> bool:
        """Whether it counts."""
        return self.criterion.state in ("passed", "signed_off")


@dataclass(frozen=True, slots=True)
class MicrostepLine:
    """A microstep with its criteria."""

    microstep: MicrostepProof
    criteria: list[CriterionLine]
    words: str
    icon: str
    tone: str
    path: str

    @property
    def tally(self) -> str:
        """How many criteria are proven, `2 of 3`."""
        proven = sum(line.proven for line in self.criteria)
        return f"{proven} of {len(self.criteria)}"


def line_of(microstep: MicrostepProof) -> MicrostepLine:
    """A microstep as it is drawn."""
    return MicrostepLine(
        microstep,
        [
            CriterionLine(
                criterion,
                [CheckLine(check, Spark.of(check.history)) for check in criterion.checks],
                *qa.STATE_SIGNS[criterion.state],
            )
            for criterion in microstep.criteria
        ],
        *qa.MARK_SIGNS[microstep.proof],
        path=quote(microstep.microstep_id, safe=""),
    )


def fits(line: qa.SurveyLine, wanted: str) -> bool:
    """Whether a filter lets a microstep through."""
    if wanted == "proven":
        return line.proof in ("evidence", "signed")
    if wanted == "flaky":
        return line.flaky
    return not wanted or line.proof == wanted


def filter_counts(found: Sequence[qa.SurveyLine], wanted: str) -> list[dict[str, Any]]:
    """Each filter with how many it lets through; those that let nothing through are left out."""
    counts = {name: sum(fits(one, name) for one in found) for name in FILTERS}
    return [
        {"name": name, "words": words, "count": counts[name], "current": name == wanted}
        for name, words in FILTERS.items()
        if counts[name] or name in ("", wanted)
    ]
