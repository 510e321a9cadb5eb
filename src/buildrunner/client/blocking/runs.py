"""The journal of agents' runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import AgentRun, AgentRunStory


class Runs(Resource):
    """`/api/projects/{project_id}/runs`. A client made with `run=` (or under `BR_RUN`) works as
    part of a run; its claims end with it."""

    def list(
        self, project_id: str, *, state: str | None = None, agent_id: str | None = None
    ) -> Iterator[AgentRun]:
        """Newest first; `state` is open, ended or lost."""
        return self._transport.pages(_all(project_id), AgentRun, state=state, agent=agent_id)

    def start(
        self,
        project_id: str,
        *,
        name: str = "",
        program: str = "",
        commit: str = "",
        branch: str = "",
        ttl_seconds: int | None = None,
        silent: bool = False,
    ) -> AgentRun:
        """Begin one, or go on with the open one of that name. It counts as lost when it does nothing
        for `ttl_seconds`; a `silent` one never says its end."""
        body: dict[str, Any] = {
            "name": name,
            "program": program,
            "commit": commit,
            "branch": branch,
            "silent": silent,
        }
        body |= {"ttl_seconds": ttl_seconds} if ttl_seconds is not None else {}
        return self._transport.send("POST", _all(project_id), AgentRun, body)

    def get(self, project_id: str, run_id: str) -> AgentRunStory:
        """One, with what it claimed, changed, proved and spent."""
        return self._transport.get(_one(project_id, run_id), AgentRunStory)

    def beat(self, project_id: str, run_id: str, *, commit: str = "") -> AgentRun:
        """Give a sign of life; a `Conflict` with code `run_closed` where it is over."""
        path = f"{_one(project_id, run_id)}/heartbeat"
        return self._transport.send("POST", path, AgentRun, {"commit": commit})

    def end(self, project_id: str, run_id: str, *, commit: str = "", summary: str = "") -> AgentRun:
        """End it; what it holds is given back."""
        path = f"{_one(project_id, run_id)}/end"
        body = {"commit": commit, "summary": summary}
        return self._transport.send("POST", path, AgentRun, body)


def _all(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/runs"


def _one(project_id: str, run_id: str) -> str:
    return f"{_all(project_id)}/{wire.segment(run_id)}"
