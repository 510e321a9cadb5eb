"""The browsers in which the caller is signed in."""

from __future__ import annotations

from collections.abc import Iterator

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Session


class Sessions(Resource):
    """`/api/me/sessions`."""

    def list(self) -> Iterator[Session]:
        """Those in force, the one used last first."""
        return self._transport.pages("/api/me/sessions", Session)

    def end(self, session_id: str) -> None:
        """Sign one of them out."""
        self._transport.delete(f"/api/me/sessions/{wire.segment(session_id)}")

    def end_others(self) -> int:
        """Sign all of them out but the caller's own; how many that were."""
        answer = self._transport.request("DELETE", "/api/me/sessions", keyed=True)
        return int(wire.decode(answer, dict)["ended"])
