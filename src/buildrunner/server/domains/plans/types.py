"""What the room hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

Operation = dict[str, Any]
Plan = dict[str, Any]
# A microstep and the step that it stands in.
Placed = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A project's plan at one revision. `document` is its compact JSON in UTF-8."""

    revision: int
    document_hash: str
    document: bytes
    updated_at: datetime

    @property
    def document_text(self) -> str:
        """The JSON as text."""
        return self.document.decode()

    @property
    def etag(self) -> str:
        """The entity tag of this revision, without quotes."""
        return etag(self.revision, self.document_hash)

    def plan(self) -> Plan:
        """The document as a tree; each call reads it anew, so the caller may change it."""
        plan: Plan = msgspec.json.decode(self.document)
        return plan


@dataclass(frozen=True, slots=True)
class HeadSummary:
    """Where a project's plan stands, without the document; `revision` 0 = none yet."""

    revision: int = 0
    document_hash: str | None = None
    updated_at: datetime | None = None

    @property
    def etag(self) -> str:
        """The entity tag of this revision, without quotes."""
        return etag(self.revision, self.document_hash or "")


@dataclass(frozen=True, slots=True)
class Unproven:
    """A microstep that became done without proof.

    `missing` lists `{"criterion", "text", "state", "reason", "next_command"}`; `blocking` is false
    where the policy only warns.
    """

    id: str
    title: str
    missing: list[dict[str, Any]]
    next_command: str = ""
    blocking: bool = True

    def as_dict(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "id": self.id,
            "title": self.title,
            "code": "not_proven",
            "missing": self.missing,
            "next_command": self.next_command,
        }


# A microstep's id, its status before and its status after; None where there is none.
Move = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Barred:
    """A microstep whose status may not change so.

    `allowed` lists what may follow `before`, `clause` is the place in the policy that says so,
    `owner` who can change that or make the move; `blocking` is false where the policy only warns.
    """

    id: str
    title: str
    before: str
    after: str
    allowed: list[str]
    clause: str
    owner: str
    reason: str
    next_command: str = ""
    blocking: bool = True

    def as_dict(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "id": self.id,
            "title": self.title,
            "code": "transition_refused",
            "before": self.before,
            "after": self.after,
            "allowed": self.allowed,
            "clause": self.clause,
            "owner": self.owner,
            "reason": self.reason,
            "missing": [],
            "next_command": self.next_command,
        }


@dataclass(frozen=True, slots=True)
class ProofMarks:
    """Of what is done: how much is proven, and the mark of each by id: `(name, words)`, the name
    one of evidence, signed, attested, failed, stale, unproven."""

    done: int
    proven: int
    marks: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync led to.

    `operations` turn the client's document (its base with its own operations) into the server's;
    `renames` lists `{"from", "to", "title"}` for ids that two clones had both given out;
    `created` says whether a revision was written. `refused` and `warnings` list microsteps that
    the clone holds to be done without proof, or in a status that may not follow: those did not
    become so, these did.
    """

    revision: int
    document_hash: str
    operations: list[Operation] = field(default_factory=list)
    renames: list[dict[str, Any]] = field(default_factory=list)
    applied: int = 0
    created: bool = False
    refused: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The outcome of an edit: the head after it, and whether it wrote a revision.

    `warnings` lists microsteps that became done without proof, or took a status that should not
    follow, where the policy lets them.
    """

    revision: int
    document_hash: str
    created: bool
    operations: list[Operation] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def etag(self) -> str:
        """The entity tag of this revision, without quotes."""
        return etag(self.revision, self.document_hash)


@dataclass(frozen=True, slots=True)
class RevisionSummary:
    """One line of the history. `author` is `{id, name, kind, …}`."""

    revision: int
    document_hash: str
    author: dict[str, Any]
    message: str
    operations_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RevisionDetail:
    """A revision with its operations and, if asked for, its document."""

    summary: RevisionSummary
    previous_hash: str | None
    operations: list[Operation]
    document: Plan | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions side by side; `operations` lead from `before` to `after`."""

    first: int
    second: int
    before: Plan
    after: Plan
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """An active lease on a microstep; `agent`: whether a member that is no person took it."""

    id: UUID
    microstep_id: str
    holder: str
    person_id: UUID | None
    expires_at: datetime
    agent: bool = False


def etag(revision: int, document_hash: str) -> str:
    """`<revision>-<first 12 hex digits of the hash>`."""
    return f"{revision}-{document_hash.removeprefix('sha256:')[:12]}"


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What a clone sends.

    `operations` lead from the document of `base_revision` to the clone's. `base_hash` and
    `document_hash` are the hashes of those two documents, if the clone wants them checked.
    `resolutions` settle conflicts that it was told of at revision `resolves_revision`.
    `document` is the whole plan, for the first push to an empty project.
    """

    base_revision: int
    operations: list[Operation] = field(default_factory=list)
    base_hash: str | None = None
    document_hash: str | None = None
    idempotency_key: str | None = None
    resolutions: list[dict[str, Any]] = field(default_factory=list)
    resolves_revision: int | None = None
    document: Plan | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The value of a field that an editor had before its eyes (`spec.values.ABSENT`: none)."""

    id: str
    field: str
    value: Any
