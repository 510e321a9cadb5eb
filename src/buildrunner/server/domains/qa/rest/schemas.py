"""The room's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AwareDatetime, ConfigDict

from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.platform.http.bodies import Body

_ID = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b10"
_ADDRESS = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_DIGEST = "sha256:" + _ADDRESS
_ADA = {"id": _ID, "name": "Ada", "kind": "person"}


def _example(**members: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [members]})


class EvidenceIn(Body):
    """Records as `br qa run` signs them; see the reference of checks and evidence."""

    model_config = _example(records=[{"type": "buildrunner.evidence/1"}], run="build 1042")

    records: list[dict[str, Any]] = Field(min_length=1, max_length=qa.MOST)
    run: str = Field("", max_length=200, description="What groups them: a build, a pipeline.")


class RejectedOut(Schema):
    """A record that was not taken."""

    index: int
    address: str | None = Field(description="SHA-256 of its RFC 8785 form, where it has one.")
    code: str
    message: str
    hint: str


class TakenOut(Schema):
    """What became of a batch."""

    model_config = _example(addresses=[_ADDRESS], stored=1, known=0, rejected=[])

    addresses: list[str]
    stored: int = Field(description="How many were new.")
    known: int = Field(description="How many were here already.")
    rejected: list[RejectedOut] = Field(description="Those not taken; all others are kept.")


class UploaderOut(Schema):
    """Who sent or did it."""

    id: str | None = None
    name: str
    kind: str | None = None
    label: str | None = None


class EvidenceOut(Schema):
    """A record as lists show it."""

    id: UUID
    address: str
    microstep_id: str
    criterion_index: int | None
    criterion_digest: str
    check_id: str
    check_digest: str
    outcome: Literal["passed", "failed", "error"]
    reason: str
    runner_class: Literal["ci", "local"] = Field(description="What the record says of itself.")
    believed: bool = Field(
        description="False where it says `ci` and was uploaded from a person's machine: it does "
        "not count as `ci` then."
    )
    key_id: str
    anchored: bool = Field(description="Whether the organization vouches for the key.")
    commit: str | None
    tree: str | None
    subject_digest: str
    run_group: str
    started_at: str
    received_at: datetime
    uploaded_by: UploaderOut


_EVIDENCE = {
    "id": _ID,
    "address": _ADDRESS,
    "microstep_id": "p1.s1.ms3",
    "criterion_index": 0,
    "criterion_digest": _DIGEST,
    "check_id": "unit",
    "check_digest": _DIGEST,
    "outcome": "passed",
    "reason": "",
    "runner_class": "ci",
    "believed": True,
    "key_id": "d75a980182b10ab7",
    "anchored": True,
    "commit": "c" * 40,
    "tree": "a" * 40,
    "subject_digest": _DIGEST,
    "run_group": "build 1042",
    "started_at": "2026-03-01T09:00:00.000000000Z",
    "received_at": "2026-03-01T09:00:04Z",
    "uploaded_by": {"id": _ID, "name": "Build server", "kind": "service"},
}


class EvidenceDetailOut(EvidenceOut):
    """A record whole, as it was signed."""

    model_config = _example(**_EVIDENCE, record={"type": "buildrunner.evidence/1"})

    record: dict[str, Any]

    @classmethod
    def of(cls, detail: qa.EvidenceDetail) -> EvidenceDetailOut:
        """A flat object of the parts."""
        view = EvidenceOut.model_validate(detail.view, from_attributes=True)
        return cls(**view.model_dump(), record=detail.record)


class QuarantineOut(Schema):
    """A check set aside."""

    model_config = _example(
        id=_ID,
        check_id="browser",
        check_digest=_DIGEST,
        reason="times out on a busy runner",
        until="2026-03-08T09:00:00Z",
        by=_ADA,
        created_at="2026-03-01T09:00:00Z",
    )

    id: UUID
    check_id: str
    check_digest: str
    reason: str
    until: datetime
    by: UploaderOut
    created_at: datetime


class CheckOut(Schema):
    """A check beside a criterion."""

    id: str
    kind: str
    digest: str
    origin: str = Field(description="The microstep or step that declares it.")
    run: str = Field(description="The command, where it has one.")
    flaky: bool = Field(description="It ended differently on one tree and one content.")
    quarantine: QuarantineOut | None
    history: list[str] = Field(
        description="Its newest outcomes, the oldest first; only where one microstep is asked for."
    )


class CriterionOut(Schema):
    """The state of one criterion."""

    criterion: int | None = Field(description="Its index; null: the microstep as a whole.")
    text: str
    state: Literal[
        "passed", "signed_off", "self_attested", "failed", "stale", "missing", "not_counted"
    ]
    reason: str
    address: str | None = Field(description="Of the record that decided.")
    next_command: str
    digest: str = Field(description="Of the text; a sign-off names it.")
    checks: list[CheckOut]


class MicrostepProofOut(Schema):
    """What is known of a microstep."""

    microstep_id: str
    title: str
    status: str
    milestone_id: str
    milestone: str
    proof: Literal["evidence", "signed", "attested", "failed", "stale", "unproven"]
    criteria: list[CriterionOut]
    affected: list[str] = Field(
        description="What depends on it, where it is done and not proven; at most 50, and left "
        "out of answers with more than 200 microsteps."
    )


class CountsOut(Schema):
    """Microsteps of the whole plan. `done` is the sum of the three behind it."""

    microsteps: int
    done: int
    proven: int
    self_attested: int
    unproven: int


class ProofOut(Schema):
    """The proof of a plan."""

    model_config = _example(
        revision=8,
        mode="strict",
        classes=["ci", "local"],
        counts={"microsteps": 66, "done": 20, "proven": 18, "self_attested": 0, "unproven": 2},
        items=[
            {
                "microstep_id": "p1.s1.ms3",
                "title": "Validate the card number",
                "status": "done",
                "milestone_id": "p1",
                "milestone": "Pay by card",
                "proof": "evidence",
                "affected": [],
                "criteria": [
                    {
                        "criterion": 0,
                        "text": "a wrong check digit is refused",
                        "state": "passed",
                        "reason": "check unit passed",
                        "address": _ADDRESS,
                        "next_command": "",
                        "digest": _DIGEST,
                        "checks": [
                            {
                                "id": "unit",
                                "kind": "command",
                                "digest": _DIGEST,
                                "origin": "p1.s1",
                                "run": "make test",
                                "flaky": False,
                                "quarantine": None,
                                "history": ["failed", "passed"],
                            }
                        ],
                    }
                ],
            }
        ],
        next_cursor=None,
    )

    revision: int
    mode: Literal["strict", "warn", "off"] = Field(description="What the policy says.")
    classes: list[str] = Field(description="The runner classes that count.")
    counts: CountsOut
    items: list[MicrostepProofOut]
    next_cursor: str | None = None


class SignOffIn(Body):
    """A wish to vouch for a criterion."""

    model_config = _example(microstep_id="p1.s1.ms3", criterion=0, note="Looked at it on a phone")

    microstep_id: str = Field(min_length=1, max_length=512)
    criterion: int | None = Field(
        None, ge=0, le=100_000, description="Its index; null for a microstep without criteria."
    )
    note: str = Field("", max_length=2000)
    seen: str | None = Field(
        None, max_length=71, description="Digest of the text that the signer saw; else unchecked."
    )


class SignerOut(Schema):
    """Who signed, and in which role."""

    id: str
    name: str
    role: str


class SignOffOut(Schema):
    """A person's word for a criterion."""

    model_config = _example(
        id=_ID,
        address=_ADDRESS,
        microstep_id="p1.s1.ms3",
        criterion=0,
        text="a wrong check digit is refused",
        by={"id": _ID, "name": "Grace", "role": "QA"},
        note="",
        self_attested=False,
        at="2026-03-01T09:00:00Z",
        revoked_at=None,
        record={"type": "buildrunner.signoff/1"},
    )

    id: UUID
    address: str
    microstep_id: str
    criterion: int | None
    text: str
    by: SignerOut
    note: str
    self_attested: bool
    at: datetime
    revoked_at: datetime | None
    record: dict[str, Any] = Field(description="As it was signed: what a clone keeps and verifies.")


class QuarantineIn(Body):
    """A wish to set a flaky check aside."""

    model_config = _example(
        check_digest=_DIGEST, reason="times out on a busy runner", until="2026-03-08T09:00:00Z"
    )

    check_digest: str = Field(max_length=71)
    reason: str = Field(min_length=1, max_length=500)
    until: AwareDatetime = Field(description="At most 30 days ahead.")


class RerunIn(Body):
    """What to run again."""

    model_config = _example(microstep_ids=["p1.s1.ms3"])

    microstep_ids: list[str] = Field(min_length=1, max_length=100)
    check_id: str | None = Field(None, max_length=512)


class RerunOut(Schema):
    """The request, and the command that carries it out."""

    model_config = _example(
        microstep_ids=["p1.s1.ms3"], check_id=None, command="br qa run p1.s1.ms3"
    )

    microstep_ids: list[str]
    check_id: str | None
    command: str
