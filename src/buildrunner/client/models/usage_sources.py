"""Sources of usage."""

from __future__ import annotations

from typing import Any

import msgspec


class UsageSource(msgspec.Struct, frozen=True):
    """A provider whose usage is read every day; `state` is waiting, collected, failing or off."""

    id: str
    project_id: str | None
    kind: str
    name: str
    base_url: str
    settings: dict[str, Any]
    key_hint: str
    enabled: bool
    state: str
    collected_until: str | None
    collected_at: str | None
    last_events: int
    differing: int
    failures: int
    retry_at: str | None
    last_error: str


class Collection(msgspec.Struct, frozen=True):
    """The sources that are read now, as they stood before."""

    queued: int
    sources: list[UsageSource]
