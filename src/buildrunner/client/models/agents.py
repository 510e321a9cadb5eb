"""Agents of an organization."""

from __future__ import annotations

import msgspec


class Agent(msgspec.Struct, frozen=True):
    """A member that is no person; `owner_id` is null where the owner has left and no key holds."""

    id: str
    name: str
    owner_id: str | None
    owner: str
    projects: list[dict[str, str]]
    scopes: list[str]
    keys: int
    last_used_at: str | None
    created_at: str


class NewAgent(Agent, frozen=True, kw_only=True):
    """With its key, shown once."""

    key: str


class AgentKey(msgspec.Struct, frozen=True):
    """Shown once."""

    key: str
