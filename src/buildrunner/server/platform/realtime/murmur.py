"""Many whispers, few frames: what is said within a moment is passed on together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from buildrunner.server.platform.realtime import frames
from buildrunner.server.platform.realtime.whispers import Whisper

MOMENT = 0.05  # seconds
MOST_ITEMS = 100  # of one frame

PassOn = Callable[[str, UUID, UUID, bytes], None]


class Murmur:
    """Gathers the whispers of a moment by kind and project; of one key the last is kept. A crowd
    that comes at once costs each reader a few frames, not one for each of the crowd.
    """

    def __init__(self, pass_on: PassOn) -> None:
        self._pass_on = pass_on
        self._said: dict[tuple[str, UUID, UUID], dict[str, dict[str, Any]]] = defaultdict(dict)
        self._timer: asyncio.TimerHandle | None = None

    def add(self, said: Whisper) -> None:
        """Pass it on within a moment."""
        kept = self._said[said.kind, said.org_id, said.project_id]
        kept.pop(said.key, None)
        kept[said.key] = said.data
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MOMENT, self._flush)

    def _flush(self) -> None:
        self._timer = None
        gathered, self._said = self._said, defaultdict(dict)
        for (kind, org_id, project_id), kept in gathered.items():
            items = list(kept.values())
            for start in range(0, len(items), MOST_ITEMS):
                frame = frames.passing(kind, org_id, project_id, items[start : start + MOST_ITEMS])
                self._pass_on(kind, org_id, project_id, frame)
