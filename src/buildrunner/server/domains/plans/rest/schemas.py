"""What travels: bodies and answers of the plan API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from buildrunner.server.domains.plans.actions.claim_microstep import DEFAULT_TTL, MAX_TTL, MIN_TTL
from buildrunner.server.platform.http.bodies import Body

_HASH = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_AUTHOR = {"id": "0198c9d0-7d3c-7b5e-9a51-3f0c8f6f2b11", "name": "Ada", "kind": "person"}
_SET = {"op": "set", "id": "p1.s1.ms3", "field": "status", "value": "done"}


def _example(**members: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [members]})


class MissingOut(Schema):
    """A criterion without proof."""

    criterion: int | None = Field(description="Its index from 0; null: the microstep as a whole.")
    text: str
    state: str = Field(description="failed, stale, missing or not_counted.")
    reason: str
    next_command: str = Field(description="What would produce the proof.")


class UnprovenOut(Schema):
    """A microstep that is done without proof, or may not become so."""

    id: str
    title: str
    code: Literal["not_proven"] = "not_proven"
    missing: list[MissingOut]
    next_command: str


class TransitionOut(Schema):
    """A microstep whose status should not, or may not, follow the one before."""

    id: str
    title: str
    code: Literal["transition_refused"]
    before: str = Field(description="The status that it has.")
    after: str = Field(description="The status that it should get.")
    allowed: list[str] = Field(description="The statuses that may follow.")
    clause: str = Field(description="The place in the policy that says so.")
    owner: str = Field(description="Who can change that, or make the move.")
    reason: str
    missing: list[MissingOut] = Field(description="Nothing: no proof helps.")
    next_command: str


_UNPROVEN = {
    "id": "p1.s1.ms4",
    "title": "Refuse a wrong check digit",
    "code": "not_proven",
    "missing": [
        {
            "criterion": 0,
            "text": "4111 1111 1111 1112 is refused",
            "state": "missing",
            "reason": "check card-tests has not run for it",
            "next_command": "br qa run p1.s1.ms4",
        }
    ],
    "next_command": "br qa run p1.s1.ms4",
}
RefusedOut = Annotated[UnprovenOut | TransitionOut, Field(discriminator="code")]
_WARNINGS = (
    "Microsteps that became done without proof, or took a status that should not follow, where the "
    "policy only warns."
)


class SavedOut(Schema):
    """The head after a document was stored."""

    model_config = _example(revision=7, document_hash=_HASH)

    revision: int = Field(description="The number of the head's revision, counted from 1.")
    document_hash: str = Field(description="SHA-256 of the document's RFC 8785 form.")


class ReplacedOut(SavedOut):
    """The head after the plan was replaced."""

    model_config = _example(revision=7, document_hash=_HASH, warnings=[])

    warnings: list[RefusedOut] = Field(default_factory=list, description=_WARNINGS)


class SyncIn(Body):
    """What a clone changed since the revision it last synchronised with."""

    model_config = _example(
        base_revision=6,
        operations=[_SET],
        idempotency_key="0198c9d0-7d3c-7b5e-9a51-3f0c8f6f2b11",
        document_hash=_HASH,
    )

    base_revision: int = Field(
        ge=0, description="The revision the operations start from; 0 for the first push."
    )
    operations: list[dict[str, Any]] = Field(
        default_factory=list, description="set, unset, add, remove, move; see the guide to sync."
    )
    base_hash: str | None = Field(
        None, description="Hash of the clone's document at the base, to be checked."
    )
    document_hash: str | None = Field(
        None, description="Hash of the clone's document after its operations, to be checked."
    )
    idempotency_key: str | None = Field(
        None,
        min_length=1,
        description="Names the push for good: kept with the revision, so the same push is never "
        "written twice, whoever repeats it and however late. The header `Idempotency-Key` is for "
        "retries of one caller within a day.",
    )
    resolutions: list[dict[str, Any]] = Field(
        default_factory=list,
        description="Answers to conflicts: {id, field} with value, absent: true, or "
        'take: "ours" | "theirs"; id and field "*" answer all others.',
    )
    resolves_revision: int | None = Field(
        None,
        ge=0,
        description="The revision whose conflicts the resolutions answer. Fields changed after it "
        "are asked again instead of overwritten.",
    )
    document: dict[str, Any] | None = Field(
        None, description="The whole plan: only for the first push to an empty project."
    )
    message: str = Field("", description="One line for the history.")


class SyncOut(Schema):
    """The server's state, and what the clone has to apply to reach it."""

    model_config = _example(
        revision=8,
        document_hash=_HASH,
        operations=[_SET],
        renames=[],
        applied=1,
        refused=[_UNPROVEN],
        warnings=[],
    )

    revision: int
    document_hash: str
    operations: list[dict[str, Any]] = Field(
        description="Apply these to the document after your own operations."
    )
    renames: list[dict[str, Any]] = Field(
        description="{from, to, title, side} of ids that two clones had both given out."
    )
    applied: int = Field(description="How many operations the revision holds; 0: none written.")
    refused: list[RefusedOut] = Field(
        default_factory=list,
        description="Microsteps that stay as they were, since nothing proves them done or the "
        "policy does not let this status follow; the operations lead there. Keep the edit in the "
        "clone and send it again once it is proven.",
    )
    warnings: list[RefusedOut] = Field(default_factory=list, description=_WARNINGS)


class AuthorOut(Schema):
    """Who wrote a revision."""

    model_config = _example(**_AUTHOR)

    id: str | None = None
    name: str
    kind: str
    label: str | None = Field(None, description="The agent or clone on whose behalf.")


class RevisionOut(Schema):
    """One line of the history."""

    model_config = _example(
        revision=8,
        document_hash=_HASH,
        author=_AUTHOR,
        message="",
        operations_count=1,
        created_at="2025-08-20T09:30:00Z",
    )

    revision: int
    document_hash: str
    author: AuthorOut
    message: str
    operations_count: int = Field(description="0 for a first push, which is stored whole.")
    created_at: datetime


class RevisionDetailOut(RevisionOut):
    """A revision with what it did."""

    model_config = _example(
        revision=8,
        document_hash=_HASH,
        previous_hash=_HASH,
        author=_AUTHOR,
        message="",
        operations_count=1,
        created_at="2025-08-20T09:30:00Z",
        operations=[{"op": "set", "id": "m1.s1.ms1", "field": "status", "value": "done"}],
    )

    previous_hash: str | None = None
    operations: list[dict[str, Any]]
    document: dict[str, Any] | None = Field(None, description="Only with `?document=1`.")


class ClaimIn(Body):
    """A wish to work on a microstep."""

    model_config = _example(microstep_id="p1.s1.ms3", holder="agent-2", ttl_seconds=7200)

    microstep_id: str = Field(min_length=1, description="An id or a former id.")
    holder: str = Field("", description="The agent or clone; by default the name of the caller.")
    ttl_seconds: int = Field(DEFAULT_TTL, ge=MIN_TTL, le=MAX_TTL)


class ClaimOut(Schema):
    """A lease in force."""

    model_config = _example(
        id="0198c9d0-7d3c-7b5e-9a51-3f0c8f6f2b11",
        microstep_id="p1.s1.ms3",
        holder="agent-2",
        expires_at="2025-08-20T11:30:00Z",
    )

    id: UUID
    microstep_id: str
    holder: str
    expires_at: datetime
