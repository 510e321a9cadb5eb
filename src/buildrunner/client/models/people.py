"""People, organizations, invitations, service accounts and keys."""

from __future__ import annotations

from typing import Any

import msgspec


class Organization(msgspec.Struct, frozen=True):
    """An organization and the caller's role in it."""

    id: str
    name: str
    role: str | None = None


class KeyInfo(msgspec.Struct, frozen=True):
    """The key a call was made with: its visible prefix, never the secret."""

    prefix: str
    scopes: list[str]
    expires_at: str | None = None


class Me(msgspec.Struct, frozen=True):
    """Who a key or session belongs to."""

    id: str
    email: str
    name: str
    organizations: list[Organization]
    key: KeyInfo | None = None
    kind: str = "person"


class DeviceGrant(msgspec.Struct, frozen=True):
    """A pending device sign-in (RFC 8628). `interval` and `expires_in` are seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval: int
    expires_in: int


class DeviceKey(msgspec.Struct, frozen=True):
    """What an approved device sign-in yields."""

    api_key: str
    person: dict[str, Any]


class Seats(msgspec.Struct, frozen=True):
    """Seats taken by people and by pending invitations; `limit` None: no limit."""

    people: int
    pending: int
    limit: int | None = None


class OrganizationDetail(msgspec.Struct, frozen=True):
    """An organization with what the caller may do there."""

    id: str
    name: str
    role: str
    permissions: list[str]
    seats: Seats
    created_at: str


class Tier(msgspec.Struct, frozen=True):
    """What an organization may use; a limit that is not there does not exist (storage in bytes)."""

    name: str
    title: str
    limits: dict[str, int]
    features: list[str]
    monthly_usd: str | None = None


class Security(msgspec.Struct, frozen=True):
    """The security settings of an organization; `session_timeout` in seconds."""

    require_mfa: bool
    session_timeout: int
    max_login_attempts: int
    enforce_https: bool


class Member(msgspec.Struct, frozen=True):
    """A person or service account with a role; `kind` is `person` or `service`."""

    person_id: str
    kind: str
    name: str
    email: str
    role: str
    joined_at: str


class OrganizationExport(msgspec.Struct, frozen=True):
    """A zip file, and the receipt that proves it was made."""

    data: bytes
    receipt: str


class ProjectRole(msgspec.Struct, frozen=True):
    """A role in one project."""

    project_id: str
    role: str


class Invitation(msgspec.Struct, frozen=True):
    """An invitation as the organization sees it; `url` only when it was just sent."""

    id: str
    email: str
    role: str
    project_roles: list[ProjectRole]
    inviter: str
    sent_at: str
    expires_at: str
    expired: bool
    url: str | None = None


class OwnInvitation(msgspec.Struct, frozen=True):
    """An invitation to the caller."""

    id: str
    org_id: str
    organization: str
    email: str
    role: str
    inviter: str
    expires_at: str


class ServiceAccount(msgspec.Struct, frozen=True):
    """A member that is a program; `keys` counts those in force."""

    id: str
    name: str
    role: str
    created_at: str
    keys: int


class Key(msgspec.Struct, frozen=True):
    """An API key without its secret. `idle_days`: it ends after so many days without use."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: str
    org_id: str | None = None
    project_id: str | None = None
    person_id: str | None = None
    service_id: str | None = None
    expires_at: str | None = None
    last_used_at: str | None = None
    idle_days: int | None = None
    replaced_by: str | None = None


class NewKey(Key, frozen=True, kw_only=True):
    """A key just made: `key` is its secret, told this once."""

    key: str

    def __repr__(self) -> str:
        return f"<NewKey {self.prefix}…>"


class Session(msgspec.Struct, frozen=True):
    """A browser that is signed in; `current` where it asks itself."""

    id: str
    browser: str
    address: str
    created_at: str
    last_seen_at: str
    expires_at: str
    current: bool


class Team(msgspec.Struct, frozen=True):
    """Members of an organization under one name; `members` counts them."""

    id: str
    name: str
    title: str
    members: int
    created_at: str


class TeamMember(msgspec.Struct, frozen=True):
    """A person or a service account (which has no address) in a team."""

    person_id: str
    kind: str
    name: str
    email: str
    joined_at: str
