"""Two models side by side, and what judged between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

Label = Literal["A", "B"]
LABELS: tuple[Label, ...] = get_args(Label)
Side = Literal["A", "B", "tie"]
Status = Literal["decided", "awaiting_decision", "decided_by_person"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What an answer is judged by."""

    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said in one pass, told of the answers as they are on the record: which is better,
    how sure it is (0 to 100), and each answer's marks by criterion (0 to 100)."""

    winner: Side
    confidence: int
    rationale: str
    scores: dict[Label, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What follows from both passes; no `winner` where a person has to decide, `why` says why."""

    winner: Label | None
    confidence: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Arbitration:
    """One on the record. `candidates` and `passes` are JSON as they are stored; while a person has
    to decide, the candidates are told without what names them."""

    id: UUID
    project_id: UUID
    task_type: str
    microstep_id: str
    status: str
    question: str
    candidates: list[dict[str, Any]]
    rubric: list[dict[str, str]]
    passes: list[dict[str, Any]]
    judge: str
    judge_is_candidate: bool
    winner: str
    confidence: int | None
    rationale: str
    multiplier_estimated: Decimal
    multiplier_actual: Decimal | None
    cost: Decimal | None
    decided_by: dict[str, Any] | None
    decided_reason: str
    decided_at: datetime | None
    actor: dict[str, Any]
    created_at: datetime

    def text(self, label: str) -> str:
        """The answer that goes by a label."""
        return next(str(one["text"]) for one in self.candidates if one["label"] == label)


@dataclass(frozen=True, slots=True)
class Arbitrated:
    """The answer to go on with. While a person has to decide it is the one that was scored higher,
    and `awaiting` says so; `model` is empty then, since who decides must not learn it."""

    record: Arbitration
    text: str
    model: str
    cost: Decimal | None
    awaiting: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product goes on with. `model` names who wrote it, in words as long as a person has
    to decide; `arbitration_id` where two were asked."""

    text: str
    model: str
    cost: Decimal | None
    arbitration_id: UUID | None = None
    awaiting: bool = False
