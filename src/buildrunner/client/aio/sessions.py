"""The browsers in which the caller is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import Session


class AsyncSessions(AsyncResource):
    """`/api/me/sessions`."""

    def list(self) -> AsyncIterator[Session]:
        """Those in force, the one used last first."""
        return self._transport.pages("/api/me/sessions", Session)

    async def end(self, session_id: str) -> None:
        """Sign one of them out."""
        await self._transport.delete(f"/api/me/sessions/{wire.segment(session_id)}")

    async def end_others(self) -> int:
        """Sign all of them out but the caller's own; how many that were."""
        answer = await self._transport.request("DELETE", "/api/me/sessions", keyed=True)
        return int(wire.decode(answer, dict)["ended"])
