"""Teams of an organization."""

from __future__ import annotations

from collections.abc import AsyncIterator

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import Team, TeamMember


class AsyncTeams(AsyncResource):
    """`/api/orgs/{org_id}/teams`."""

    def list(self, org_id: str) -> AsyncIterator[Team]:
        """Those of an organization, oldest first."""
        return self._transport.pages(_all(org_id), Team)

    async def create(self, org_id: str, name: str, *, title: str = "") -> Team:
        """Make one; comments mention it as `@team:name`."""
        return await self._transport.send(
            "POST", _all(org_id), Team, {"name": name, "title": title}
        )

    async def get(self, org_id: str, team_id: str) -> Team:
        """One team."""
        return await self._transport.get(_one(org_id, team_id), Team)

    async def update(
        self, org_id: str, team_id: str, *, name: str | None = None, title: str | None = None
    ) -> Team:
        """Change its name or title; what is `None` stays."""
        body = {
            key: value for key, value in (("name", name), ("title", title)) if value is not None
        }
        return await self._transport.send("PATCH", _one(org_id, team_id), Team, body)

    async def remove(self, org_id: str, team_id: str) -> None:
        """Remove it; its members stay in the organization."""
        await self._transport.request("DELETE", _one(org_id, team_id), keyed=True)

    def members(self, org_id: str, team_id: str) -> AsyncIterator[TeamMember]:
        """Who is in it, in the order in which they came."""
        return self._transport.pages(f"{_one(org_id, team_id)}/members", TeamMember)

    async def add(self, org_id: str, team_id: str, person_id: str) -> None:
        """Put a member of the organization into it; twice is once."""
        path = f"{_one(org_id, team_id)}/members/{wire.segment(person_id)}"
        await self._transport.request("PUT", path, keyed=True)

    async def take_out(self, org_id: str, team_id: str, person_id: str) -> None:
        """Take somebody out, or leave."""
        path = f"{_one(org_id, team_id)}/members/{wire.segment(person_id)}"
        await self._transport.request("DELETE", path, keyed=True)


def _all(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}/teams"


def _one(org_id: str, team_id: str) -> str:
    return f"{_all(org_id)}/{wire.segment(team_id)}"
