"""The JSON of organizations, their people and what they demand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.http.bodies import Body, Name

OrgRole = Literal["owner", "admin", "member"]
ServiceRole = Literal["admin", "member"]
ProjectRole = Literal["pm", "techlead", "qa", "contributor", "viewer"]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254, strip_whitespace=True)]

# For the examples.
_PERSON = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b01"
_ORG = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b02"
_PROJECT = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"


class SeatsOut(Schema):
    """Seats that are taken, and how many there are."""

    people: int
    pending: int = Field(description="Invitations that can still be accepted")
    limit: int | None = Field(description="null: no limit")


class OrganizationDetail(Schema):
    """An organization and what the caller is and may do there."""

    id: UUID
    name: str
    role: str = Field(description="owner, admin or member")
    permissions: list[str]
    seats: SeatsOut
    created_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ORG,
                    "name": "Analytical Engines",
                    "role": "member",
                    "permissions": ["org.read", "project.create"],
                    "seats": {"people": 4, "pending": 1, "limit": None},
                    "created_at": "2026-01-05T09:30:00Z",
                }
            ]
        }
    )

    @staticmethod
    def of(view: tenancy.OrganizationView) -> OrganizationDetail:
        """An organization as the API shows it."""
        return OrganizationDetail(
            id=view.id,
            name=view.name,
            role=view.role,
            permissions=sorted(view.permissions),
            seats=SeatsOut.model_validate(view.seats, from_attributes=True),
            created_at=view.created_at,
        )


class OrganizationPatch(Body):
    """What can be changed of an organization; its security settings have an address of their own."""

    name: Name


class SecurityOut(Schema):
    """What an organization demands of whoever enters."""

    require_mfa: bool = Field(description="Sessions need a second factor; keys do not")
    session_timeout: int = Field(description="Seconds after which a session ends without use")
    max_login_attempts: int = Field(description="Wrong passwords before sign-in is slowed down")
    enforce_https: bool = Field(description="Plain HTTP is refused, except from this machine")


class SecurityPatch(Body):
    """Members that are left out stay as they are."""

    require_mfa: bool | None = None
    session_timeout: int | None = Field(None, description="300 to 2,592,000 seconds")
    max_login_attempts: int | None = Field(None, description="1 to 100")
    enforce_https: bool | None = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"require_mfa": True, "session_timeout": 28800}]}
    )


class TransferIn(Body):
    """Who becomes the owner."""

    person_id: UUID

    model_config = ConfigDict(json_schema_extra={"examples": [{"person_id": _PERSON}]})


class MemberOut(Schema):
    """A person or service account and the role held."""

    person_id: UUID = Field(description="Of a service account: its own id")
    kind: str = Field(description="person or service")
    name: str
    email: str = Field(description="Empty for a service account")
    role: str
    joined_at: datetime


class OrgMemberIn(Body):
    """Another role in the organization."""

    role: OrgRole


class ProjectMemberIn(Body):
    """A role in the project."""

    role: ProjectRole


class ProjectRoleIn(Body):
    """A role that an invitation gives in one project."""

    project_id: UUID
    role: ProjectRole


class InvitationIn(Body):
    """Who is asked to join, and as what."""

    email: Email
    role: OrgRole = "member"
    project_roles: list[ProjectRoleIn] = Field(default_factory=list, max_length=20)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "grace@example.com",
                    "role": "member",
                    "project_roles": [{"project_id": _PROJECT, "role": "contributor"}],
                }
            ]
        }
    )


class ProjectRoleOut(Schema):
    """A role that an invitation gives in one project."""

    project_id: UUID
    role: str


class InvitationOut(Schema):
    """An open invitation."""

    id: UUID
    email: str
    role: str
    project_roles: list[ProjectRoleOut]
    inviter: str
    sent_at: datetime
    expires_at: datetime
    expired: bool = Field(description="true: it opens nothing until it is sent again")


class SentInvitationOut(InvitationOut):
    """An invitation just sent, with its link."""

    url: str = Field(description="What the mail holds; shown this once")

    @staticmethod
    def of(view: tenancy.InvitationView, token: str) -> SentInvitationOut:
        """An invitation just sent."""
        shown = InvitationOut.model_validate(view, from_attributes=True)
        return SentInvitationOut.model_construct(
            **dict(shown), url=tenancy.invitation_address(token)
        )


class OwnInvitationOut(Schema):
    """An invitation to one of the caller's addresses."""

    id: UUID
    org_id: UUID
    organization: str
    email: str
    role: str
    inviter: str
    expires_at: datetime


class AcceptIn(Body):
    """The last part of the link, or the id of an invitation that `GET /api/invitations` lists."""

    token: str | None = Field(None, max_length=200)
    invitation_id: UUID | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "inv_…"}]})


class ServiceAccountIn(Body):
    """A new service account."""

    name: Name
    role: ServiceRole = "member"

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Build server", "role": "member"}]}
    )


class ServiceAccountPatch(Body):
    """Members that are left out stay as they are."""

    name: Name | None = None
    role: ServiceRole | None = None


class ServiceAccountOut(Schema):
    """A member that is no person."""

    id: UUID
    name: str
    role: str
    created_at: datetime
    keys: int = Field(description="How many keys act as it")
