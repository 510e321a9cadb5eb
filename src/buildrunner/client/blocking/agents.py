"""Agents: members that are no people, each with a person who answers for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Agent, AgentKey, NewAgent


class Agents(Resource):
    """`/api/orgs/{org_id}/agents`."""

    def list(self, org_id: str) -> Iterator[Agent]:
        """Newest first."""
        return self._transport.pages(_all(org_id), Agent)

    def create(
        self,
        org_id: str,
        name: str,
        *,
        project_id: str | None = None,
        role: str = "contributor",
        scopes: Sequence[str] = ("builder.run", "planner.write"),
        owner_id: str | None = None,
    ) -> NewAgent:
        """Make one with a key; the caller answers for it unless `owner_id` says who does."""
        body: dict[str, Any] = {"name": name, "role": role, "scopes": list(scopes)}
        body |= {"project_id": project_id} if project_id else {}
        body |= {"owner_id": owner_id} if owner_id else {}
        return self._transport.send("POST", _all(org_id), NewAgent, body)

    def update(
        self, org_id: str, agent_id: str, *, name: str | None = None, owner_id: str | None = None
    ) -> Agent:
        """Its name or who answers for it; what is `None` stays."""
        given = (("name", name), ("owner_id", owner_id))
        body = {key: value for key, value in given if value is not None}
        return self._transport.send("PATCH", _one(org_id, agent_id), Agent, body)

    def create_key(
        self,
        org_id: str,
        agent_id: str,
        *,
        project_id: str | None = None,
        scopes: Sequence[str] = ("builder.run", "planner.write"),
    ) -> AgentKey:
        """One more key, shown once."""
        body: dict[str, Any] = {"scopes": list(scopes)}
        body |= {"project_id": project_id} if project_id else {}
        return self._transport.send("POST", f"{_one(org_id, agent_id)}/keys", AgentKey, body)

    def remove(self, org_id: str, agent_id: str) -> None:
        """Its keys are revoked at once."""
        self._transport.delete(_one(org_id, agent_id))


def _all(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}/agents"


def _one(org_id: str, agent_id: str) -> str:
    return f"{_all(org_id)}/{wire.segment(agent_id)}"
