"""What the room hands out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Belonging:
    """One organization of a person, and the role held there."""

    id: UUID
    name: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Security:
    """What an organization demands of whoever enters; `session_timeout` in seconds."""

    require_mfa: bool = False
    session_timeout: int = 3600
    max_login_attempts: int = 5
    enforce_https: bool = False


@dataclass(frozen=True, slots=True)
class Seats:
    """People and open invitations against the limit; `None` is no limit."""

    people: int
    pending: int
    limit: int | None

    @property
    def free(self) -> int | None:
        """How many more can be invited; `None` without a limit."""
        return None if self.limit is None else max(0, self.limit - self.people - self.pending)


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization as its members see it."""

    id: UUID
    name: str
    role: str
    created_at: datetime
    seats: Seats
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrgAccess:
    """What an actor may do in an organization; valid inside its `organization_scope`."""

    org_id: UUID
    person_id: UUID
    role: str
    permissions: frozenset[str]
    refuse: Callable[[str], Exception] = field(repr=False)

    def require(self, permission: str) -> None:
        """Raise `Forbidden`, naming the permission and who can grant it, unless it is held."""
        if permission not in self.permissions:
            raise self.refuse(permission)


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """What an actor may do in a project; valid inside its `project_scope`."""

    org_id: UUID
    project_id: UUID
    title: str
    archived_at: datetime | None
    org_role: str | None
    project_role: str | None
    permissions: frozenset[str]
    refuse: Callable[[str], Exception] = field(repr=False)

    def require(self, permission: str) -> None:
        """Raise `Forbidden`, naming the permission and who can grant it, unless it is held."""
        if permission not in self.permissions:
            raise self.refuse(permission)


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as its members see it; `role` is the one that counts most for them."""

    id: UUID
    org_id: UUID
    title: str
    revision: int
    document_hash: str | None
    role: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key without its secret.

    `person_id` made it; with `service_id` it acts as that service account. `idle_days`: it ends
    when unused for so long. `replaced_by`: rotated, works until `expires_at`.
    """

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    org_id: UUID | None
    project_id: UUID | None
    person_id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    service_id: UUID | None = None
    idle_days: int | None = None
    replaced_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person in an organization or a project, or a service account (which has no address)."""

    person_id: UUID
    email: str
    name: str
    role: str
    joined_at: datetime
    kind: str = "person"
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MemberAccess:
    """What a person or service account holds: the role in the organization, the projects
    `[{"id", "title", "role"}]`, and how many of the organization's keys."""

    person_id: UUID
    kind: str
    role: str
    projects: list[dict[str, str]]
    keys: int


@dataclass(frozen=True, slots=True)
class ServiceAccountView:
    """A member that is no person; `keys` counts those that hold."""

    id: UUID
    name: str
    role: str
    created_at: datetime
    keys: int


@dataclass(frozen=True, slots=True)
class AgentView:
    """A service account that a person answers for; `owner_id` is None where the owner has left, and
    then no key of it holds. `projects` are `{id, title, role}`, `last_used_at` of any key."""

    id: UUID
    name: str
    owner_id: UUID | None
    owner: str
    projects: list[dict[str, str]]
    scopes: list[str]
    keys: int
    last_used_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team; `name` is how it is mentioned, `members` how many are in it."""

    id: UUID
    name: str
    title: str
    members: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TeamMemberView:
    """Somebody in a team: `kind` person or service (which has no address)."""

    id: UUID
    person_id: UUID
    kind: str
    name: str
    email: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An open invitation as the organization sees it."""

    id: UUID
    email: str
    role: str
    project_roles: list[dict[str, str]]
    inviter: str
    sent_at: datetime
    expires_at: datetime

    @property
    def expired(self) -> bool:
        """Whether it no longer opens anything until it is sent again."""
        return self.expires_at <= datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FoundInvitation:
    """An invitation as the invited sees it."""

    id: UUID
    org_id: UUID
    organization: str
    email: str
    role: str
    inviter: str
    expires_at: datetime
    accepted_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it can still be accepted."""
        ended = self.accepted_at or self.withdrawn_at
        return ended is None and self.expires_at > datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LocatedProject:
    """Where a project stands and what its asker is there."""

    org_id: UUID
    title: str
    archived_at: datetime | None
    org_role: str
    project_role: str | None
    require_mfa: bool
    enforce_https: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What a project's row says besides its title."""

    revision: int
    document_hash: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LocatedMember:
    """What somebody is in an organization, and what it demands of whoever enters."""

    role: str
    require_mfa: bool
    enforce_https: bool


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key that holds, found by its hash."""

    id: UUID
    prefix: str
    name: str
    person_id: UUID
    person_name: str
    org_id: UUID | None
    project_id: UUID | None
    scopes: list[str]
    expires_at: datetime | None
    service: bool


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What a terminal that was let in gets; `api_key` is shown this once."""

    api_key: str = field(repr=False)
    person_id: UUID
    person_email: str
    person_name: str
