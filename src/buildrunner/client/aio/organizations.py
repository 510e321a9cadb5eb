"""Organizations: their settings, members, invitations and service accounts."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator, Mapping
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import (
    Invitation,
    Member,
    Organization,
    OrganizationDetail,
    OrganizationExport,
    OwnInvitation,
    Security,
    ServiceAccount,
    Tier,
)


def _base(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}"


class AsyncOrganizations(AsyncResource):
    """`/api/orgs`."""

    def list(self) -> AsyncIterator[Organization]:
        """The caller's organizations, oldest membership first."""
        return self._transport.pages("/api/orgs", Organization)

    async def create(self, name: str) -> Organization:
        """Make an organization; the caller owns it."""
        return await self._transport.send("POST", "/api/orgs", Organization, {"name": name})

    async def get(self, org_id: str) -> OrganizationDetail:
        """One organization, its seats, and what the caller may do there."""
        return await self._transport.get(_base(org_id), OrganizationDetail)

    async def rename(self, org_id: str, name: str) -> OrganizationDetail:
        """Change the name."""
        return await self._transport.send(
            "PATCH", _base(org_id), OrganizationDetail, {"name": name}
        )

    async def tier(self, org_id: str) -> Tier:
        """What the organization may use."""
        return await self._transport.get(f"{_base(org_id)}/tier", Tier)

    def tiers(self) -> AsyncIterator[Tier]:
        """All tiers there are, from small to large."""
        return self._transport.pages("/api/tiers", Tier)

    async def security(self, org_id: str) -> Security:
        """The security settings."""
        return await self._transport.get(f"{_base(org_id)}/security", Security)

    async def secure(
        self,
        org_id: str,
        *,
        require_mfa: bool | None = None,
        session_timeout: int | None = None,
        max_login_attempts: int | None = None,
        enforce_https: bool | None = None,
    ) -> Security:
        """Change security settings; what is `None` stays. `session_timeout` in seconds."""
        body = {
            "require_mfa": require_mfa,
            "session_timeout": session_timeout,
            "max_login_attempts": max_login_attempts,
            "enforce_https": enforce_https,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await self._transport.send("PATCH", f"{_base(org_id)}/security", Security, body)

    async def transfer(self, org_id: str, person_id: str) -> None:
        """Hand the organization over to another member."""
        path = f"{_base(org_id)}/transfer"
        await self._transport.request("POST", path, json={"person_id": person_id}, keyed=True)

    async def export(self, org_id: str) -> OrganizationExport:
        """All that it holds but its secrets, and the receipt that `delete` asks for."""
        answer = await self._transport.request("GET", f"{_base(org_id)}/export")
        return OrganizationExport(answer.content, answer.headers.get("BR-Export-Receipt", ""))

    async def delete(self, org_id: str, *, name: str, receipt: str) -> None:
        """Delete an organization and everything in it; `name` is its name, typed."""
        await self._transport.request(
            "DELETE", _base(org_id), params={"name": name, "receipt": receipt}, keyed=True
        )


class AsyncMembers(AsyncResource):
    """People and service accounts of an organization or a project."""

    def list(
        self, *, org_id: str | None = None, project_id: str | None = None
    ) -> AsyncIterator[Member]:
        """The members of an organization, or of one project."""
        return self._transport.pages(_members(org_id, project_id), Member)

    async def set(
        self,
        person_id: str,
        role: str,
        *,
        org_id: str | None = None,
        project_id: str | None = None,
    ) -> Member:
        """Give a person of the organization another role there, or a role in one project."""
        path = f"{_members(org_id, project_id)}/{wire.segment(person_id)}"
        return await self._transport.send("PUT", path, Member, {"role": role})

    async def remove(
        self, person_id: str, *, org_id: str | None = None, project_id: str | None = None
    ) -> None:
        """Take a person out; in an organization their keys and claims end with it."""
        path = f"{_members(org_id, project_id)}/{wire.segment(person_id)}"
        await self._transport.delete(path)


def _members(org_id: str | None, project_id: str | None) -> str:
    if (org_id is None) == (project_id is None):
        raise ValueError("name either an organization (org_id) or a project (project_id)")
    if org_id is not None:
        return f"{_base(org_id)}/members"
    return f"/api/projects/{wire.segment(project_id)}/members"


class AsyncInvitations(AsyncResource):
    """Invitations of an organization, and those to the caller."""

    def list(self, org_id: str) -> AsyncIterator[Invitation]:
        """The pending and expired invitations of an organization."""
        return self._transport.pages(f"{_base(org_id)}/invitations", Invitation)

    async def invite(
        self,
        org_id: str,
        email: str,
        *,
        role: str = "member",
        project_roles: builtins.list[Mapping[str, str]] | None = None,
    ) -> Invitation:
        """Invite somebody by email; `project_roles` are `{"project_id", "role"}`."""
        body: dict[str, Any] = {"email": email, "role": role}
        if project_roles:
            body["project_roles"] = project_roles
        return await self._transport.send("POST", f"{_base(org_id)}/invitations", Invitation, body)

    async def resend(self, org_id: str, invitation_id: str) -> Invitation:
        """Send it again with a new link; the old one ends."""
        path = f"{_base(org_id)}/invitations/{wire.segment(invitation_id)}/resend"
        return await self._transport.send("POST", path, Invitation)

    async def withdraw(self, org_id: str, invitation_id: str) -> None:
        """Take it back."""
        path = f"{_base(org_id)}/invitations/{wire.segment(invitation_id)}"
        await self._transport.delete(path)

    def own(self) -> AsyncIterator[OwnInvitation]:
        """Those to the caller's address."""
        return self._transport.pages("/api/invitations", OwnInvitation)

    async def accept(
        self, *, token: str | None = None, invitation_id: str | None = None
    ) -> Organization:
        """Join, by the token of the mail or by the id of one of `own()`."""
        body = {"token": token} if token else {"invitation_id": invitation_id}
        return await self._transport.send("POST", "/api/invitations/accept", Organization, body)


class AsyncServiceAccounts(AsyncResource):
    """Members that are programs."""

    def list(self, org_id: str) -> AsyncIterator[ServiceAccount]:
        """Those of an organization."""
        return self._transport.pages(f"{_base(org_id)}/service-accounts", ServiceAccount)

    async def create(self, org_id: str, name: str, *, role: str = "member") -> ServiceAccount:
        """Make one; it acts with keys made for it."""
        body = {"name": name, "role": role}
        path = f"{_base(org_id)}/service-accounts"
        return await self._transport.send("POST", path, ServiceAccount, body)

    async def update(
        self, org_id: str, service_id: str, *, name: str | None = None, role: str | None = None
    ) -> ServiceAccount:
        """Change its name or role."""
        body = {key: value for key, value in (("name", name), ("role", role)) if value is not None}
        path = f"{_base(org_id)}/service-accounts/{wire.segment(service_id)}"
        return await self._transport.send("PATCH", path, ServiceAccount, body)

    async def remove(self, org_id: str, service_id: str) -> None:
        """Remove it; its keys end at once."""
        path = f"{_base(org_id)}/service-accounts/{wire.segment(service_id)}"
        await self._transport.delete(path)
