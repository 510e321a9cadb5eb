"""The room's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.platform.http.bodies import Body

_ID = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b10"
_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_AT = "2026-01-31T09:00:00Z"
_VIEW: dict[str, Any] = {
    "id": _ID,
    "name": "auth",
    "title": "Sign-in and permissions",
    "summary": "Accounts, sessions, password reset, roles and a second factor.",
    "tags": ["auth", "security"],
    "version": "1.0.0",
    "source": "shipped",
    "visibility": "public",
    "publisher": "BuildRunner",
    "installs": 12,
    "ratings": 3,
    "rating": 4.7,
    "updated_at": None,
    "applied": "",
}
_WANTED = [{"name": "auth", "values": {"attempts": "3"}}]
_CHOICE = {"id": "m1.s1.ms1", "field": "title", "choice": "take"}


def _example(**members: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [members]})


class BlueprintOut(Schema):
    """A blueprint in a list."""

    model_config = _example(**_VIEW)

    id: UUID
    name: str
    title: str
    summary: str
    tags: list[str]
    version: str = Field(description="The newest.")
    source: Literal["shipped", "organization", "public"]
    visibility: Literal["private", "organization", "public"]
    publisher: str
    installs: int = Field(description="How often it was applied, on this server.")
    ratings: int
    rating: float | None = Field(description="The mean of 1 to 5 stars.")
    updated_at: datetime | None
    applied: str = Field(description="The version in this project's plan, empty without.")


class BlueprintVersionOut(Schema):
    """One published version."""

    version: str
    digest: str
    created_at: datetime | None
    author: str


class BlueprintDetailOut(BlueprintOut):
    """A blueprint with its versions and one document."""

    model_config = _example(
        **_VIEW,
        versions=[
            {"version": "1.0.0", "digest": _DIGEST, "created_at": _AT, "author": "BuildRunner"}
        ],
        document={"format": "buildrunner.blueprint/1", "name": "auth"},
        own_stars=None,
    )

    versions: list[BlueprintVersionOut]
    document: dict[str, Any] = Field(description="Of the version asked for, else of the newest.")
    own_stars: int | None

    @classmethod
    def of(cls, found: blueprints.BlueprintDetail) -> BlueprintDetailOut:
        """A detail as JSON."""
        view = {name: getattr(found.view, name) for name in BlueprintOut.model_fields}
        return cls(
            **view,
            versions=[BlueprintVersionOut.from_orm(one) for one in found.versions],
            document=found.document,
            own_stars=found.own_stars,
        )


class BlueprintIn(Body):
    """A version to publish: the document as text, or where it is."""

    model_config = _example(url="https://example.org/packs/audit-trail.json", visibility="private")

    document: str = Field("", max_length=5_000_000, description="The text of the blueprint.")
    url: str = Field("", max_length=2000, description="Where it is fetched from instead.")
    visibility: Literal["private", "organization", "public"] | None = Field(
        None, description="As before unless said; private at first."
    )
    project_id: UUID | None = Field(None, description="Whose PM or TechLead publishes.")


class VisibilityIn(Body):
    """Who may see it."""

    model_config = _example(visibility="public")

    visibility: Literal["private", "organization", "public"]


class WantedIn(Body):
    """One blueprint: by `id`, by `name` (shipped, or of the organization), by `url`, or as text."""

    model_config = _example(**_WANTED[0])

    id: UUID | None = None
    name: str = Field("", max_length=64)
    version: str = Field("", max_length=100, description="The newest unless said.")
    url: str = Field("", max_length=2000)
    document: str = Field("", max_length=5_000_000)
    digest: str = Field(
        "", max_length=71, description="Of the content that was looked at; another is refused."
    )
    values: dict[str, str] = Field(default_factory=dict, max_length=100)

    def wanted(self) -> blueprints.Wanted:
        """For the actions."""
        return blueprints.Wanted(**self.dict())


class ChoiceIn(Body):
    """The answer to a conflict."""

    model_config = _example(**_CHOICE)

    id: str = Field(max_length=512)
    field: str = Field(max_length=512)
    choice: Literal["keep", "take", "both"]


class PreviewIn(Body):
    """What to look at."""

    model_config = _example(blueprints=_WANTED, resolutions=[_CHOICE])

    blueprints: list[WantedIn] = Field(min_length=1, max_length=20)
    resolutions: list[ChoiceIn] = Field(default_factory=list, max_length=10_000)

    def answers(self) -> dict[tuple[str, str], str]:
        """For the actions."""
        return {(one.id, one.field): one.choice for one in self.resolutions}


class ApplyIn(PreviewIn):
    """What to apply."""

    model_config = _example(blueprints=_WANTED, resolutions=[], expected_revision=7)

    expected_revision: int | None = Field(
        None, ge=0, description="The revision that was looked at; another head is refused."
    )
    message: str = Field("", max_length=500)


class PackOut(Schema):
    """Which version."""

    name: str
    version: str
    digest: str


class AppliedOut(Schema):
    """What applying does or did."""

    model_config = _example(
        revision=8,
        created=True,
        packs=[{"name": "auth", "version": "1.0.0", "digest": _DIGEST}],
        counts={"added": 14, "updated": 0, "unchanged": 0, "left_out": 0},
        operations=[{"op": "add", "parent": "", "after": "m1", "value": {"id": "m2"}}],
        changes=[
            {
                "op": "add",
                "id": "m2",
                "title": "Sign-in and permissions",
                "level": 0,
                "criteria": [],
            }
        ],
        conflicts=[],
        denials=[],
        told=[],
        notes=[],
        ready=True,
    )

    revision: int = Field(description="Of a preview the one that was looked at.")
    created: bool
    packs: list[PackOut]
    counts: dict[str, int]
    operations: list[dict[str, Any]]
    changes: list[dict[str, Any]] = Field(
        description="The first 2000 for people: op, id, title, level; field, before, after."
    )
    conflicts: list[dict[str, Any]] = Field(description="Open choices: id, field, choices, values.")
    denials: list[dict[str, Any]] = Field(description="What the policy has against it.")
    told: list[dict[str, Any]] = Field(description="What the policy only reports.")
    notes: list[str]
    ready: bool = Field(description="Whether nothing stands against applying it as it is.")


class RatingIn(Body):
    """Stars."""

    model_config = _example(stars=5)

    stars: int = Field(ge=1, le=5)


class InstallationOut(Schema):
    """One apply on record."""

    model_config = _example(
        id=_ID,
        created_at=_AT,
        name="auth",
        title="Sign-in and permissions",
        version="1.0.0",
        source="shipped",
        revision=8,
        counts={"added": 14},
        actor={"id": _ID, "name": "Ada", "kind": "person"},
        blueprint_id=_ID,
    )

    id: UUID
    created_at: datetime
    name: str
    title: str
    version: str
    source: Literal["shipped", "organization", "public", "file", "url"]
    revision: int
    counts: dict[str, int]
    actor: dict[str, Any]
    blueprint_id: UUID | None


class MarketplaceEntryOut(Schema):
    """A blueprint that the operator's index lists."""

    model_config = _example(
        name="audit-trail",
        title="Audit trail",
        summary="Who did what.",
        version="1.2.0",
        url="https://example.org/packs/audit-trail.json",
        publisher="Example",
        tags=["audit"],
    )

    name: str
    title: str
    summary: str
    version: str
    url: str
    publisher: str
    tags: list[str]


class BlueprintExportOut(Schema):
    """A blueprint made of a plan."""

    model_config = _example(document={"format": "buildrunner.blueprint/1", "name": "ours"})

    document: dict[str, Any]


class BlueprintTextIn(Body):
    """A text that may be a blueprint."""

    model_config = _example(document='{"format": "buildrunner.blueprint/1"}')

    document: str = Field(max_length=5_000_000)


class BlueprintFindingsOut(Schema):
    """What is wrong with it."""

    model_config = _example(
        valid=False,
        findings=[
            {
                "code": "BR201",
                "severity": "error",
                "message": "the blueprint lacks 'name'",
                "pointer": "",
                "line": 1,
                "column": 1,
                "hint": 'add "name"',
            }
        ],
    )

    valid: bool
    findings: list[dict[str, Any]]
