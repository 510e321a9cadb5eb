"""News of the server, as a reason to sync: who follows it, and what is worth one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from buildrunner.cli.config import Settings
from buildrunner.client import AsyncClient, ClientError, Unreachable

# Everything that may have changed the plan, its claims, or what counts as proven.
_ROOMS = ("plan.", "claim.", "evidence.", "signoff.", "sign_off.", "project.")
_PAUSE = 5.0


async def follow(settings: Settings, project_id: str) -> AsyncIterator[str]:
    """Kinds of events of a project as they happen. Ends when the server refuses the key."""
    async with AsyncClient(settings.server, settings.api_key) as client:
        while True:
            try:
                async for event in client.events(project_id=project_id):
                    if event.kind.startswith(_ROOMS):
                        yield event.kind
            except Unreachable:
                await asyncio.sleep(_PAUSE)
                yield "reconnected"  # whatever was missed
            except ClientError:
                return
