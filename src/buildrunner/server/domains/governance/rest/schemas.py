"""The JSON of governance."""

from __future__ import annotations

from datetime import datetime
from typing import Any
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
    """A policy as JSON; send `text/yaml` for the text alone."""

    text: str
    message: str = Field("", max_length=500)


class PolicyTextIn(_Text):
    """A text to look at."""

    text: str
    name: str = Field("", max_length=500, description="The file's name, for messages")


class ValidationOut(Schema):
    """What is wrong with it; warnings leave it valid."""

    valid: bool
    findings: list[PolicyFindingOut]


class RunIn(Body):
    """A judgement to be recorded: with `report` as it was made elsewhere, else made now."""

    change: dict[str, Any] = Field(description="The change, as `br governance check --json` has it")
    source: str = Field("ci", pattern="^(ci|local)$")
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


class ApprovalsOut(Schema):
    """What is asked for, and what was given."""

    needed: list[NeededOut]


class CheckOut(Schema):
    """The judgement; `unjudged` names clauses the change does not tell enough for."""

    allowed: bool
    denials: list[dict[str, Any]]
    approvals: ApprovalsOut
    policy_number: int | None
    policy_digest: str
    unjudged: list[dict[str, str]]


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
