"""What the room hands out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Belonging:
    """One organization of a person, and the role held there."""

    id: UUID
    name: str
    role: str
    created_at: datetime


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
    """An API key without its secret."""

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


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person in an organization or a project."""

    person_id: UUID
    email: str
    name: str
    role: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class LocatedProject:
    """Where a project stands and what its asker is there."""

    org_id: UUID
    title: str
    archived_at: datetime | None
    org_role: str
    project_role: str | None


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


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What a terminal that was let in gets; `api_key` is shown this once."""

    api_key: str = field(repr=False)
    person_id: UUID
    person_email: str
    person_name: str
