"""Drift between repository, server and reality, and the conflicts that wait for a decision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models.drift import ConflictChoice, DriftReport, ProjectDrift

_NOTHING: Any = object()


class AsyncDrift(AsyncResource):
    """`/api/projects/{project_id}/drift` and `drift-reports`."""

    async def get(
        self, project_id: str, *, kind: str = "", milestone: str = "", clone: str = ""
    ) -> ProjectDrift:
        """What drifted, by kind, milestone and clone."""
        asked = {"kind": kind, "milestone": milestone, "clone": clone}
        given = {name: value for name, value in asked.items() if value}
        answer = await self._transport.request("GET", f"{_base(project_id)}/drift", params=given)
        return wire.decode(answer, ProjectDrift)

    async def report(
        self,
        project_id: str,
        clone: str,
        *,
        label: str = "",
        branch: str = "",
        commit: str = "",
        since: str = "",
        base_revision: int = 0,
        findings: list[dict[str, Any]] | None = None,
        conflicts: list[dict[str, Any]] | None = None,
        overlaps: list[dict[str, Any]] | None = None,
    ) -> DriftReport:
        """Say what a clone found; the newest report of a clone and branch stands.

        Of findings, conflicts and overlaps one that is None stays as it was told before.
        """
        body: dict[str, Any] = {
            "clone": clone,
            "label": label,
            "branch": branch,
            "commit": commit,
            "since": since,
            "base_revision": base_revision,
        }
        parts = {"findings": findings, "conflicts": conflicts, "overlaps": overlaps}
        body |= {name: part for name, part in parts.items() if part is not None}
        path = f"{_base(project_id)}/drift-reports"
        return await self._transport.send("POST", path, DriftReport, body)

    def reports(self, project_id: str) -> AsyncIterator[DriftReport]:
        """The newest of each clone, newest first."""
        return self._transport.pages(f"{_base(project_id)}/drift-reports", DriftReport)

    async def forget(self, project_id: str, report_id: str) -> None:
        """Forget the report of a clone that is gone."""
        path = f"{_base(project_id)}/drift-reports/{wire.segment(report_id)}"
        await self._transport.delete(path)


class AsyncConflictChoices(AsyncResource):
    """`/api/projects/{project_id}/conflict-choices`."""

    def list(self, project_id: str) -> AsyncIterator[ConflictChoice]:
        """Newest first, those that another one replaced among them."""
        return self._transport.pages(f"{_base(project_id)}/conflict-choices", ConflictChoice)

    async def choose(
        self,
        project_id: str,
        digest: str,
        choice: Literal["ours", "theirs", "both", "value"],
        *,
        value: Any = _NOTHING,
    ) -> ConflictChoice:
        """Decide a reported conflict; raises `Conflict` (`conflict_moved`) where the plan is not
        any more what the conflict showed."""
        body: dict[str, Any] = {"digest": digest, "choice": choice}
        if value is not _NOTHING:
            body["value"] = value
        path = f"{_base(project_id)}/conflict-choices"
        return await self._transport.send("POST", path, ConflictChoice, body)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}"
