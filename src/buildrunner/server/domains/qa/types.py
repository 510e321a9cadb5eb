"""What the room hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: the addresses of the records that are kept, how many of them were
    new, and `{"index", "address", "code", "message", "hint"}` of each that was not taken."""

    addresses: list[str]
    stored: int
    known: int
    rejected: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A record as lists show it. `runner_class` is what it says, `believed` whether that counts;
    `anchored` says whether the organization vouches for its key."""

    id: UUID
    address: str
    microstep_id: str
    criterion_index: int | None
    criterion_digest: str
    check_id: str
    check_digest: str
    outcome: str
    reason: str
    runner_class: str
    believed: bool
    key_id: str
    anchored: bool
    commit: str | None
    tree: str | None
    subject_digest: str
    run_group: str
    started_at: str
    received_at: datetime
    uploaded_by: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EvidenceDetail:
    """A record whole."""

    view: EvidenceView
    record: Record


@dataclass(frozen=True, slots=True)
class SignOffView:
    """A person's word for a criterion."""

    id: UUID
    address: str
    microstep_id: str
    criterion: int | None
    text: str
    by: dict[str, Any]
    note: str
    self_attested: bool
    at: datetime
    revoked_at: datetime | None
    person_id: UUID | None
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """A check set aside."""

    id: UUID
    check_id: str
    check_digest: str
    reason: str
    until: datetime
    by: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CheckState:
    """A check beside a criterion; `history` are its newest outcomes, the oldest first."""

    id: str
    kind: str
    digest: str
    origin: str
    run: str
    flaky: bool = False
    quarantine: QuarantineView | None = None
    history: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CriterionState:
    """One criterion; `state` is one of `evidence.proof.STATES`."""

    criterion: int | None
    text: str
    state: str
    reason: str
    address: str | None
    next_command: str
    digest: str
    checks: list[CheckState] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MicrostepProof:
    """What is known of a microstep; `proof` is one of `rules.marks.MARKS`.

    `affected` names what depends on it, where it is done and not proven.
    """

    microstep_id: str
    title: str
    status: str
    milestone_id: str
    milestone: str
    proof: str
    criteria: list[CriterionState]
    affected: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """A microstep in a survey: where it stands, its mark, whether a check of it is flaky."""

    microstep_id: str
    milestone_id: str
    milestone: str
    proof: str
    flaky: bool


@dataclass(frozen=True, slots=True)
class ProofCounts:
    """How many microsteps there are, are done, and of these are proven, attested by their own
    author alone, or neither."""

    microsteps: int = 0
    done: int = 0
    proven: int = 0
    self_attested: int = 0
    unproven: int = 0


@dataclass(frozen=True, slots=True)
class ProjectProof:
    """The proof of a whole plan."""

    revision: int
    mode: str
    classes: list[str]
    counts: ProofCounts
    microsteps: list[MicrostepProof]


@dataclass(frozen=True, slots=True)
class RerunRequest:
    """What was asked for, and the command that does it."""

    microstep_ids: list[str]
    check_id: str | None
    command: str


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A check run or a run in CI: its title, page below the Tests page, and outcome."""

    title: str
    path: str
    state: str
