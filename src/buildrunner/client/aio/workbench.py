"""Context packs, and proposals to change what is planned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import ContextPack, Rescope


class AsyncRescopes(AsyncResource):
    """Proposals to change what is planned: looked at, then applied as one revision or discarded."""

    def list(self, project_id: str, *, state: str | None = None) -> AsyncIterator[Rescope]:
        """Newest first; `state` is open, applied or discarded."""
        return self._transport.pages(_base(project_id), Rescope, state=state)

    async def get(self, project_id: str, rescope_id: str) -> Rescope:
        """One proposal."""
        path = f"{_base(project_id)}/{wire.segment(rescope_id)}"
        return await self._transport.get(path, Rescope)

    async def propose(
        self,
        project_id: str,
        instruction: str = "",
        *,
        acts: Sequence[dict[str, Any]] = (),
        by: str = "rules",
        dry_run: bool = False,
    ) -> Rescope:
        """Propose acts, or what an instruction asks for; `Invalid` with `choices` where it is
        ambiguous. `by="model"`: a model names the acts. The plan does not change; with `dry_run`
        nothing is kept."""
        body = {"instruction": instruction, "acts": list(acts), "by": by, "dry_run": dry_run}
        return await self._transport.send("POST", _base(project_id), Rescope, body)

    async def apply(self, project_id: str, rescope_id: str) -> Rescope:
        """Write it as one revision; `Conflict` where others changed the same fields since."""
        path = f"{_base(project_id)}/{wire.segment(rescope_id)}/apply"
        return await self._transport.send("POST", path, Rescope, {})

    async def discard(self, project_id: str, rescope_id: str, *, note: str = "") -> Rescope:
        """Decide against it; its record stays."""
        path = f"{_base(project_id)}/{wire.segment(rescope_id)}/discard"
        return await self._transport.send("POST", path, Rescope, {"note": note})


class AsyncContexts(AsyncResource):
    """What is needed to do a microstep, in few words."""

    async def get(
        self, project_id: str, microstep_id: str, *, budget: int | None = None
    ) -> ContextPack:
        """The pack within a budget of tokens (2,000 unless given)."""
        name = wire.segment(microstep_id)
        path = f"/api/projects/{wire.segment(project_id)}/microsteps/{name}/context"
        return await self._transport.get(path, ContextPack, budget=budget)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/rescopes"
