"""What the room hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of a policy. `policy` is what the text says, in the newer shape."""

    id: UUID
    number: int
    text: str
    digest: str
    findings: list[dict[str, Any]]
    message: str
    restored_from: int | None
    author: dict[str, Any]
    created_at: datetime
    policy: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def etag(self) -> str:
        """What `If-Match` names between quotes."""
        return f"{self.number}-{self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Validation:
    """What is wrong with a text; `valid` with nothing but warnings."""

    valid: bool
    findings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Needed:
    """One requirement of approval: who of which role, for which path, and how many have."""

    role: str
    count: int
    given: int
    path: str
    clause: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policy says of a change.

    `given` are the approvals that count, `waivers` those that stand for denials of any change,
    `request` and `state` the request for approval of this very change, where there is one;
    `passed` the fingerprints of denials that an emergency went past.
    """

    allowed: bool
    denials: list[dict[str, Any]]
    policy_number: int | None
    policy_digest: str
    unjudged: list[dict[str, str]]
    needed: list[Needed]
    given: list[dict[str, Any]] = field(default_factory=list)
    waivers: list[dict[str, Any]] = field(default_factory=list)
    request: int | None = None
    state: str | None = None
    passed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class VoteView:
    """One vote; `stale` was given for another state, `why` says why it does not count."""

    id: UUID
    name: str
    person_id: UUID
    verdict: str
    roles: list[str]
    paths: list[str] | None
    note: str
    head: str
    created_at: datetime
    stale: bool
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request for approval. `status` is approved, rejected, waiting, withdrawn or bypassed."""

    id: UUID
    number: int
    kind: str
    status: str
    title: str
    branch: str
    target: str
    base: str
    head: str
    paths: list[str]
    microsteps: list[str]
    allowed: bool
    denials: list[dict[str, Any]]
    policy_number: int | None
    author: dict[str, Any]
    created_at: datetime
    pushed_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request with everything that was said about it."""

    request: RequestView
    votes: list[VoteView]
    needed: list[Needed]
    files: list[dict[str, Any]]
    reviews: list[PostReviewView]


@dataclass(frozen=True, slots=True)
class PostReviewView:
    """What an emergency owes; `status` is open, overdue, accepted or follow_up."""

    id: UUID
    request_id: UUID
    request_number: int
    title: str
    head: str
    justification: str
    denials: list[dict[str, Any]]
    actor: dict[str, Any]
    created_at: datetime
    due_at: datetime | None
    status: str
    note: str
    reviewed_at: datetime | None
    reviewed_by: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class WaiverView:
    """A waiver; `status` is standing, waiting (others, named in `lacking`, have still to grant it),
    expired or revoked."""

    id: UUID
    rule: str
    fingerprint: str
    path: str
    reason: str
    approver: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    status: str
    revoked_at: datetime | None
    revoked_by: dict[str, Any] | None
    lacking: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RunView:
    """One recorded judgement."""

    id: UUID
    source: str
    title: str
    branch: str
    base: str
    head: str
    allowed: bool
    denials: list[dict[str, Any]]
    rules: dict[str, int]
    policy_digest: str
    request_id: UUID | None
    actor: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands and what waits, for the project's page."""

    policy: PolicyView | None
    open_requests: int
    waiting: int
    runs: int
    refused: int
    by_rule: list[tuple[str, int]]
    expiring: list[WaiverView]
    waivers: int
    reviews: list[PostReviewView]


@dataclass(frozen=True, slots=True)
class Simulated:
    """One recorded change under two policies."""

    run: RunView
    before: bool
    after: bool
    appears: list[dict[str, Any]]
    goes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """How often a rule denies under the policy in force, and under the other."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the changes of some days would be under another policy.

    `skipped` were too large to keep, or too many to judge now.
    """

    days: int
    judged: int
    skipped: int
    newly_refused: int
    newly_allowed: int
    by_rule: list[RuleChange]
    changes: list[Simulated]


@dataclass(frozen=True, slots=True)
class FoundJudgement:
    """A request, run or finding: its title, page below the Governance page, and state."""

    title: str
    path: str
    state: str
