"""Evidence, the state of criteria, sign-offs and quarantines."""

from __future__ import annotations

from typing import Any

import msgspec


class RejectedRecord(msgspec.Struct, frozen=True):
    """A record that was not taken; `index` is its place in the batch."""

    index: int
    address: str | None
    code: str
    message: str
    hint: str = ""


class TakenEvidence(msgspec.Struct, frozen=True):
    """What became of an upload."""

    addresses: list[str]
    stored: int
    known: int
    rejected: list[RejectedRecord]


class EvidenceRecord(msgspec.Struct, frozen=True):
    """An uploaded record, as lists show it."""

    id: str
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
    received_at: str
    uploaded_by: dict[str, Any]


class EvidenceDetail(EvidenceRecord, frozen=True):
    """A record whole, as it was signed."""

    record: dict[str, Any] = msgspec.field(default_factory=dict)


class Quarantine(msgspec.Struct, frozen=True):
    """A flaky check set aside."""

    id: str
    check_id: str
    check_digest: str
    reason: str
    until: str
    by: dict[str, Any]
    created_at: str


class CheckState(msgspec.Struct, frozen=True):
    """A check beside a criterion; `history` holds its newest outcomes, the oldest first."""

    id: str
    kind: str
    digest: str
    origin: str
    run: str
    flaky: bool
    quarantine: Quarantine | None = None
    history: list[str] = msgspec.field(default_factory=list)


class CriterionState(msgspec.Struct, frozen=True):
    """One criterion: `state` says whether it is proven, `next_command` what would prove it."""

    criterion: int | None
    text: str
    state: str
    reason: str
    address: str | None
    next_command: str
    digest: str
    checks: list[CheckState]


class MicrostepProof(msgspec.Struct, frozen=True):
    """A microstep's proof: evidence, signed, attested, failed, stale or unproven."""

    microstep_id: str
    title: str
    status: str
    milestone_id: str
    milestone: str
    proof: str
    criteria: list[CriterionState]
    affected: list[str]


class ProofCounts(msgspec.Struct, frozen=True):
    """`done` is the sum of the three behind it."""

    microsteps: int
    done: int
    proven: int
    self_attested: int
    unproven: int


class Proof(msgspec.Struct, frozen=True):
    """The proof of a plan; `mode` and `classes` are those of its policy."""

    revision: int
    mode: str
    classes: list[str]
    counts: ProofCounts
    items: list[MicrostepProof]
    next_cursor: str | None = None


class SignOff(msgspec.Struct, frozen=True):
    """A person's word for a criterion; `by` is `{"id", "name", "role"}`."""

    id: str
    address: str
    microstep_id: str
    criterion: int | None
    text: str
    by: dict[str, str]
    note: str
    self_attested: bool
    at: str
    revoked_at: str | None = None
    record: dict[str, Any] = msgspec.field(default_factory=dict)


class Rerun(msgspec.Struct, frozen=True):
    """What was asked for, and the command that does it."""

    microstep_ids: list[str]
    check_id: str | None
    command: str
