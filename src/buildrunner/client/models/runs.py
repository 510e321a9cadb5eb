"""Runs of agents."""

from __future__ import annotations

from typing import Any

import msgspec


class AgentRun(msgspec.Struct, frozen=True):
    """Who worked, from when to when, from which commit to which. `state` is open, ended or lost;
    `freed` are the microsteps whose claims ended with it."""

    id: str
    project_id: str
    name: str
    program: str
    state: str
    actor: dict[str, Any]
    agent: bool
    branch: str
    commit_start: str
    commit_end: str
    summary: str
    started_at: str
    seen_at: str
    expires_at: str | None
    ended_at: str | None
    freed: list[str]


class AgentRunCost(msgspec.Struct, frozen=True):
    """What a run spent in one currency; `cost` is None where the price of a part is not known."""

    cost: str | None
    known: str
    currency: str
    calls: int
    tokens: int


class AgentRunStory(msgspec.Struct, frozen=True):
    """A run with what it did; `holds` are those of `claimed` that it holds now, `costs` is None for
    who may not see costs."""

    run: AgentRun
    claimed: list[str]
    holds: list[str]
    revisions: list[int]
    changed: list[str]
    evidence: list[str]
    commented: list[str]
    events: int
    more: bool
    costs: list[AgentRunCost] | None
