"""The JSON of governance."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from buildrunner.server.platform.http.bodies import Body


class PolicyFindingOut(Schema):
    """One thing that is wrong with a policy, where, and how to mend it."""

    severity: str = Field(description="`error` or `warning`")
    code: str = Field(examples=["GP201"])
    message: str
    line: int
    column: int
    path: str
    clause: str = Field(description="The key in the policy", examples=["approvals.required[0]"])
    hint: str


class PolicyVersionOut(Schema):
    """One version, without its text."""

    number: int
    digest: str = Field(description="SHA-256 of the text")
    message: str
    restored_from: int | None
    author: dict[str, Any]
    findings: list[PolicyFindingOut]
    created_at: datetime


class PolicyOut(PolicyVersionOut):
    """One version whole."""

    text: str


class _Text(Body):
    # Lines are counted in the text as it is.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class PolicyIn(_Text):
    """The text of a policy; where it is saved `text/yaml` is taken too."""

    text: str = Field(examples=["protected_paths: [migrations/]\n"])
    name: str = Field("", max_length=500, description="The file's name, for findings")
    message: str = Field("", max_length=500, description="What changes, where it is saved")


class ValidationOut(Schema):
    """What is wrong with it; warnings leave it valid."""

    valid: bool
    findings: list[PolicyFindingOut]


class RunIn(Body):
    """A judgement to be recorded: with `report` as it was made elsewhere, else made now."""

    change: dict[str, Any] = Field(description="The change, as `br governance check --json` has it")
    source: Literal["ci", "local"] = "ci"
    report: dict[str, Any] | None = Field(
        None, description="`{allowed, denials, policy_digest}` as it was judged elsewhere"
    )


class CheckIn(Body):
    """A change to be judged."""

    project_id: UUID
    change: dict[str, Any] = Field(description="The change, as `br governance check --json` has it")
    policy: str | None = Field(
        None, description="Judge by this text instead of the stored one (a dry run)"
    )


class NeededOut(Schema):
    """One requirement of approval."""

    role: str
    count: int
    given: int
    path: str
    clause: str


class GivenOut(Schema):
    """An approval that counts for this very state of the change; `paths` null: all of it."""

    id: UUID
    name: str
    roles: list[str]
    paths: list[str] | None


class StandingWaiverOut(Schema):
    """A waiver that was not revoked, as the engine weighs it."""

    rule: str
    fingerprint: str
    reason: str
    approver: str
    expires: str
    path: str = ""
    created: str = ""
    person: UUID
    roles: list[str] | None = Field(description="Of who granted it; null: not recorded")
    author: bool = Field(description="It does not count: who granted it is an author")


class ApprovalsOut(Schema):
    """What is asked for, and what was given."""

    needed: list[NeededOut]
    given: list[GivenOut]


class JudgedChangeOut(Schema):
    """The judgement; `unjudged` names clauses the change does not tell enough for."""

    allowed: bool
    denials: list[dict[str, Any]]
    approvals: ApprovalsOut
    policy_number: int | None
    policy_digest: str
    unjudged: list[dict[str, str]]
    waivers: list[StandingWaiverOut]
    request: int | None = Field(description="The request for approval of this very change")
    state: str | None = Field(description="Of that request: `open`, `withdrawn` or `bypassed`")
    passed: list[str] = Field(description="Fingerprints of denials that an emergency went past")


class RunOut(Schema):
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


class ApprovalIn(Body):
    """A change for which approval is asked."""

    change: dict[str, Any] = Field(
        description="The change, as `br governance check --json` has it; `branch` and `head` named"
    )


class ChangeRequestOut(Schema):
    """A request for approval of one branch."""

    number: int
    kind: str = Field(description="`change`")
    status: str = Field(
        description="`waiting`, `approved`, `rejected`, `withdrawn` or `bypassed`",
        examples=["waiting"],
    )
    title: str
    branch: str
    target: str
    base: str
    head: str = Field(description="The commit that votes are given for")
    paths: list[str]
    microsteps: list[str]
    allowed: bool
    denials: list[dict[str, Any]]
    policy_number: int | None
    author: dict[str, Any]
    created_at: datetime
    pushed_at: datetime
    closed_at: datetime | None


class VoteOut(Schema):
    """One vote; `why` says why it does not count."""

    id: UUID
    name: str
    person_id: UUID
    verdict: str = Field(description="`approve` or `reject`")
    roles: list[str]
    paths: list[str] | None
    note: str
    head: str
    created_at: datetime
    stale: bool
    counts: bool
    why: str


class PostReviewOut(Schema):
    """What an emergency owes."""

    id: UUID
    request_number: int
    title: str
    head: str
    justification: str
    denials: list[dict[str, Any]]
    actor: dict[str, Any]
    created_at: datetime
    due_at: datetime | None
    status: str = Field(description="`open`, `overdue`, `accepted` or `follow_up`")
    note: str
    reviewed_at: datetime | None
    reviewed_by: dict[str, Any] | None


class RequestDetailOut(Schema):
    """A request with everything that was said about it."""

    request: ChangeRequestOut
    votes: list[VoteOut]
    needed: list[NeededOut]
    files: list[dict[str, Any]]
    reviews: list[PostReviewOut]


class VoteIn(Body):
    """A decision about the state `head`."""

    verdict: Literal["approve", "reject"]
    head: str = Field(max_length=64, description="What was looked at; 409 if it moved")
    note: str = Field("", max_length=1000, description="Needed to reject")
    paths: list[str] | None = Field(None, max_length=100, description="Approve only these")


class BypassIn(Body):
    """An emergency."""

    head: str = Field(max_length=64)
    justification: str = Field(
        min_length=10, max_length=2000, examples=["The site is down since 09:12"]
    )


class ReviewIn(Body):
    """What somebody finds afterwards."""

    outcome: Literal["accepted", "follow_up"]
    note: str = Field(min_length=1, max_length=2000)


class WaiverIn(Body):
    """One denial to be set aside."""

    rule: str = Field(max_length=64, examples=["secret"])
    fingerprint: str = Field(max_length=128, description="As the check tells it")
    reason: str = Field(min_length=1, max_length=1000)
    expires_at: datetime
    path: str = Field("", max_length=1000)


class WaiverOut(Schema):
    """A waiver."""

    id: UUID
    rule: str
    fingerprint: str
    path: str
    reason: str
    approver: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    status: str = Field(
        description="`standing`, `waiting` (the policy asks for more people), `expired` (the denial "
        "fails again) or `revoked`"
    )
    revoked_at: datetime | None
    revoked_by: dict[str, Any] | None
    lacking: list[str] = Field(description="Who has still to grant it, such as `1 QA`")


class SimulateIn(_Text):
    """A policy to try on what was recorded."""

    policy: str
    days: int = Field(90, ge=1, le=180)


class SimulatedOut(Schema):
    """One recorded change under both policies."""

    run: RunOut
    before: bool
    after: bool
    appears: list[dict[str, Any]]
    goes: list[dict[str, Any]]


class RuleChangeOut(Schema):
    """How often a rule denies under either policy."""

    rule: str
    before: int
    after: int


class SimulationOut(Schema):
    """What would be different; `skipped` were not kept whole, or too many."""

    days: int
    judged: int
    skipped: int
    newly_refused: int
    newly_allowed: int
    by_rule: list[RuleChangeOut]
    changes: list[SimulatedOut]
