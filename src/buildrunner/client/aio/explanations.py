"""The plan in prose: explanations, the overview to hand on, guided tours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import Explanation, Tour

Audience = Literal["technical", "business", "general"]


class AsyncExplanations(AsyncResource):
    """Nothing is stored; every sentence names the ids it stands on."""

    async def explain(
        self,
        project_id: str | None = None,
        entity_id: str = "",
        *,
        scope: Literal["project", "milestone", "step", "microstep"] = "project",
        audience: Audience = "general",
        language: str = "en",
        words: Literal["plan", "model"] = "plan",
    ) -> Explanation:
        """A part of a plan, or all of it. A key that is bound to a project may leave that out.

        With `words="model"` a model words it, in any language, for what its tokens cost.
        """
        body: dict[str, Any] = {
            "scope": scope,
            "entity_id": entity_id,
            "audience": audience,
            "language": language,
            "words": words,
        }
        if project_id is not None:
            body["project_id"] = project_id
        return await self._transport.send("POST", "/api/explain", Explanation, body)

    def overview(
        self, project_id: str, *, audience: Audience = "general", language: str = "en"
    ) -> AsyncIterator[Explanation]:
        """The plan first, then each milestone."""
        return self._transport.pages(
            _overview(project_id), Explanation, audience=audience, language=language
        )

    async def overview_file(
        self,
        project_id: str,
        *,
        form: Literal["markdown", "pdf"] = "pdf",
        audience: Audience = "general",
        language: str = "en",
    ) -> bytes:
        """The same as a file to hand on."""
        asked = {"format": form, "audience": audience, "language": language}
        return (await self._transport.request("GET", _overview(project_id), params=asked)).content

    async def tour(
        self, project_id: str, *, audience: Audience = "technical", language: str = "en"
    ) -> Tour:
        """Through the plan, stop by stop."""
        path = f"/api/projects/{wire.segment(project_id)}/tour"
        return await self._transport.get(path, Tour, audience=audience, language=language)


def _overview(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/overview"
