"""Policies, judged changes, approvals and waivers. Denials are as `buildrunner.policy` writes them."""

from __future__ import annotations

from typing import Any

import msgspec


class PolicyFinding(msgspec.Struct, frozen=True):
    """What is wrong with a policy, and where: `severity` is `error` or `warning`."""

    severity: str
    code: str
    message: str
    line: int
    column: int
    path: str
    clause: str
    hint: str


class PolicyVersion(msgspec.Struct, frozen=True):
    """A version of a project's policy; `author` is an actor's record."""

    number: int
    digest: str
    message: str
    author: dict[str, Any]
    findings: list[PolicyFinding]
    created_at: str
    restored_from: int | None = None

    @property
    def etag(self) -> str:
        """What saving over this version takes."""
        return f'"{self.number}-{self.digest[:12]}"'


class PolicyText(PolicyVersion, frozen=True, kw_only=True):
    """A version with its text."""

    text: str


class PolicyValidation(msgspec.Struct, frozen=True):
    """`valid` where no finding is an error."""

    valid: bool
    findings: list[PolicyFinding]


class NeededApproval(msgspec.Struct, frozen=True):
    """How many of a role must approve a path, and how many have."""

    role: str
    count: int
    given: int
    path: str
    clause: str


class GivenApproval(msgspec.Struct, frozen=True):
    """An approval that counts for a state of a change; `paths` None: all of it."""

    id: str
    name: str
    roles: list[str]
    paths: list[str] | None = None


class Approvals(msgspec.Struct, frozen=True):
    """What a change needs."""

    needed: list[NeededApproval]
    given: list[GivenApproval] = []


class JudgedChange(msgspec.Struct, frozen=True):
    """A change under a policy; `unjudged` says what could not be told from what was sent.

    `waivers` stand in the project, `request` asks for approval of this very state,
    `passed` are the fingerprints of denials that an emergency went past.
    """

    allowed: bool
    denials: list[dict[str, Any]]
    approvals: Approvals
    policy_digest: str
    unjudged: list[Any]
    policy_number: int | None = None
    waivers: list[dict[str, Any]] = []
    request: int | None = None
    state: str | None = None
    passed: list[str] = []


class CheckRun(msgspec.Struct, frozen=True):
    """A recorded judgement; `rules` counts denials by rule."""

    id: str
    source: str
    title: str
    branch: str
    base: str
    head: str
    allowed: bool
    denials: list[dict[str, Any]]
    rules: dict[str, Any]
    policy_digest: str
    actor: dict[str, Any]
    created_at: str
    request_id: str | None = None


class Simulated(msgspec.Struct, frozen=True):
    """One recorded change under the policy of then and under the one tried."""

    run: CheckRun
    before: bool
    after: bool
    appears: list[dict[str, Any]]
    goes: list[dict[str, Any]]


class RuleChange(msgspec.Struct, frozen=True):
    """How often a rule denied, and would."""

    rule: str
    before: int
    after: int


class Simulation(msgspec.Struct, frozen=True):
    """What a policy would have changed."""

    days: int
    judged: int
    skipped: int
    newly_refused: int
    newly_allowed: int
    by_rule: list[RuleChange]
    changes: list[Simulated]


class ChangeRequest(msgspec.Struct, frozen=True):
    """A change that people are asked to approve, in the state of its newest push."""

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
    author: dict[str, Any]
    created_at: str
    pushed_at: str
    policy_number: int | None = None
    closed_at: str | None = None


class Vote(msgspec.Struct, frozen=True):
    """Somebody's word; `counts` says whether it does, `why` else."""

    id: str
    name: str
    person_id: str
    verdict: str
    roles: list[str]
    note: str
    head: str
    created_at: str
    stale: bool
    counts: bool
    why: str
    paths: list[str] | None = None


class PostReview(msgspec.Struct, frozen=True):
    """What a bypass leaves to be done: a review, due at a time."""

    id: str
    request_number: int
    title: str
    head: str
    justification: str
    denials: list[dict[str, Any]]
    actor: dict[str, Any]
    created_at: str
    status: str
    note: str
    due_at: str | None = None
    reviewed_at: str | None = None
    reviewed_by: dict[str, Any] | None = None


class ChangeRequestDetail(msgspec.Struct, frozen=True):
    """A request with its votes, what it needs, its files and the reviews of bypasses."""

    request: ChangeRequest
    votes: list[Vote]
    needed: list[NeededApproval]
    files: list[dict[str, Any]]
    reviews: list[PostReview]


class Waiver(msgspec.Struct, frozen=True):
    """A denial that is let pass until a time: it silences one fingerprint."""

    id: str
    rule: str
    fingerprint: str
    path: str
    reason: str
    approver: dict[str, Any]
    created_at: str
    expires_at: str
    status: str
    revoked_at: str | None = None
    revoked_by: dict[str, Any] | None = None
    lacking: list[str] = []
