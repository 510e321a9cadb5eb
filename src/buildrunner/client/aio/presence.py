"""Who is here, and being here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models.presence import PresenceEntry, PresencePlace


class AsyncPresence(AsyncResource):
    """`/api/projects/{project_id}/presence`."""

    def list(self, project_id: str) -> AsyncIterator[PresenceEntry]:
        """People and agents with a recent sign of life, and agents with a live claim."""
        return self._transport.pages(_base(project_id), PresenceEntry)

    async def show(
        self,
        project_id: str,
        place: str,
        *,
        entity_type: str = "project",
        entity_id: str = "",
        page: str = "",
        typing: bool = False,
    ) -> PresencePlace:
        """Show that one is here; `place` is any UUID that is kept for this process."""
        body = {
            "entity_type": entity_type,
            "entity_id": entity_id,
            "page": page,
            "typing": typing,
        }
        answer = await self._transport.request("PUT", _one(project_id, place), json=body)
        return wire.decode(answer, PresencePlace)

    async def beat(self, tokens: Sequence[str]) -> set[str]:
        """A sign of life for some places; the tokens that hold nothing any more."""
        body = {"tokens": [*tokens]}
        answer = await self._transport.request("POST", "/api/presence/beat", json=body)
        return set(wire.decode(answer, dict)["lapsed"])

    async def end(self, project_id: str, place: str) -> None:
        """Be gone at once."""
        await self._transport.delete(_one(project_id, place))


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/presence"


def _one(project_id: str, place: str) -> str:
    return f"{_base(project_id)}/{wire.segment(place)}"
