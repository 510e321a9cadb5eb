"""The room's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.http.bodies import Body, Name, Title

# For the examples.
_PERSON = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b01"
_ORG = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b02"
_PROJECT = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"


class OrganizationOut(Schema):
    """An organization of the caller's and the role held there."""

    id: UUID
    name: str
    role: str = Field(description="owner, admin or member")


class KeyInUse(Schema):
    """The key of this very request."""

    prefix: str
    scopes: list[str]
    expires_at: datetime | None


class Me(Schema):
    """Who the caller is."""

    id: UUID
    kind: str = Field("person", description="person or service")
    email: str = Field(description="Empty for a service account")
    name: str
    organizations: list[OrganizationOut]
    key: KeyInUse | None = Field(description="null when a browser session asks")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _PERSON,
                    "email": "ada@example.com",
                    "name": "Ada",
                    "organizations": [{"id": _ORG, "name": "Analytical Engines", "role": "owner"}],
                    "key": {"prefix": "br_Zk3vQx9a", "scopes": ["*"], "expires_at": None},
                }
            ]
        }
    )


class MeIn(Body):
    """What one may change of oneself here."""

    name: Name = Field(description="What others see beside what you do")

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ada Lovelace"}]})


class DeleteMeIn(Body):
    """The word that it is meant."""

    email: str = Field(max_length=254, description="One's own address, typed once more")

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "ada@example.org"}]})


class OrganizationIn(Body):
    """A new organization."""

    name: Name

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Analytical Engines"}]})


class ProjectIn(Body):
    """A new project."""

    title: Title
    org_id: UUID | None = Field(
        None, description="Without it the caller's own organization, else the first one joined"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Engine"}]})


class ProjectPatch(Body):
    """What can be changed of a project."""

    title: Title


class ProjectOut(Schema):
    """A project; `revision` 0 and a null hash mean that no plan is stored yet."""

    id: UUID
    org_id: UUID
    title: str
    revision: int
    document_hash: str | None
    role: str = Field(description="The caller's role in the project, else in the organization")
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = Field(description="Read-only since; null: in use")
    url: str = Field(description="The project's page")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _PROJECT,
                    "org_id": _ORG,
                    "title": "Engine",
                    "revision": 7,
                    "document_hash": "sha256:" + "9f86d081" * 8,
                    "role": "pm",
                    "created_at": "2026-01-05T09:30:00Z",
                    "updated_at": "2026-01-05T09:41:12Z",
                    "archived_at": None,
                    "url": f"https://build.example.com/projects/{_PROJECT}/plan",
                }
            ]
        }
    )

    @staticmethod
    def of(view: tenancy.ProjectView) -> ProjectOut:
        """A project as the API shows it."""
        return ProjectOut.model_construct(
            id=view.id,
            org_id=view.org_id,
            title=view.title,
            revision=view.revision,
            document_hash=view.document_hash,
            role=view.role,
            created_at=view.created_at,
            updated_at=view.updated_at,
            archived_at=view.archived_at,
            url=f"{settings.BR_PUBLIC_URL}/projects/{view.id}/plan",
        )


class PersonalKeyIn(Body):
    """A new personal key; it acts in every organization of its person."""

    name: Name
    scopes: list[str] = Field(min_length=1, max_length=20)
    expires_at: AwareDatetime | None = Field(None, description="RFC 3339; null: never")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "ci", "scopes": ["planner.read"]}]}
    )


class OrganizationKeyIn(PersonalKeyIn):
    """A new key of an organization."""

    project_id: UUID | None = Field(None, description="Binds the key to one project")
    service_id: UUID | None = Field(None, description="The service account it acts as")


class RotationIn(Body):
    """How long the old key still works."""

    grace_hours: int = Field(24, ge=0, le=168, description="0: it ends at once")


class KeyOut(Schema):
    """A key without its secret."""

    id: UUID
    name: str
    prefix: str = Field(description="How the secret begins")
    scopes: list[str]
    org_id: UUID | None = Field(description="null: personal")
    project_id: UUID | None
    person_id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Exact to a minute")
    service_id: UUID | None = Field(None, description="The service account it acts as")
    idle_days: int | None = Field(
        None, description="Ends when unused for so many days; each use moves `expires_at`"
    )
    replaced_by: UUID | None = Field(
        None, description="The key that a rotation put in its place; this one works until it ends"
    )


class NewKeyOut(KeyOut):
    """A key with its secret, which is never shown again."""

    key: str = Field(description="The secret: store it now")

    @staticmethod
    def of(view: tenancy.KeyView, secret: str) -> NewKeyOut:
        """A key just made."""
        shown = KeyOut.model_validate(view, from_attributes=True)
        return NewKeyOut.model_construct(**shown.model_dump(), key=secret)


class DeviceTokenRequest(Body):
    """The terminal's poll; `grant_type` may be sent as RFC 8628 has it."""

    device_code: str = Field(min_length=1, max_length=200)
    grant_type: Literal["urn:ietf:params:oauth:grant-type:device_code"] | None = None


class DevicePerson(Schema):
    """Who let the terminal in."""

    id: UUID
    email: str
    name: str


class DeviceToken(Schema):
    """The key of a terminal that was let in."""

    api_key: str
    person: DevicePerson
