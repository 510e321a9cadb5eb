"""Drafts: from a prompt, a document, a repository or another tool's file to the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models.drafts import AcceptedDraft, Draft, DraftSummary


class Drafts(Resource):
    """`/api/projects/{project_id}/drafts`."""

    def start(
        self,
        project_id: str,
        kind: str,
        text: str = "",
        *,
        name: str = "",
        format: str | None = None,
        facts: dict[str, Any] | None = None,
        answers: dict[str, str] | None = None,
        by: Literal["rules", "model"] = "rules",
    ) -> Draft:
        """Draft; `kind` is prompt, prd, repository, tracker or model. Nothing enters the plan.

        With `by="model"` a model drafts from a prompt or PRD, for what its tokens cost.
        """
        body: dict[str, Any] = {"kind": kind, "text": text, "name": name, "by": by}
        if format is not None:
            body["format"] = format
        body["facts"], body["answers"] = facts or {}, answers or {}
        return self._transport.send("POST", _base(project_id), Draft, body)

    def list(self, project_id: str) -> Iterator[DraftSummary]:
        """Newest first."""
        return self._transport.pages(_base(project_id), DraftSummary)

    def get(self, project_id: str, draft_id: str) -> Draft:
        """One draft whole."""
        return self._transport.get(_one(project_id, draft_id), Draft)

    def answer(self, project_id: str, draft_id: str, answers: dict[str, str]) -> Draft:
        """Draft anew, against the plan as it is, with answers by the id of their question."""
        path = f"{_one(project_id, draft_id)}/answers"
        return self._transport.send("POST", path, Draft, {"answers": answers})

    def accept(
        self,
        project_id: str,
        draft_id: str,
        *,
        base_revision: int,
        items: Sequence[str] | None = None,
    ) -> AcceptedDraft:
        """Add items, all but optional ones unless named, to the plan at that revision."""
        body = {"items": None if items is None else [*items], "base_revision": base_revision}
        path = f"{_one(project_id, draft_id)}/accept"
        return self._transport.send("POST", path, AcceptedDraft, body)

    def discard(self, project_id: str, draft_id: str) -> Draft:
        """Put it away."""
        path = f"{_one(project_id, draft_id)}/discard"
        return self._transport.send("POST", path, Draft)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/drafts"


def _one(project_id: str, draft_id: str) -> str:
    return f"{_base(project_id)}/{wire.segment(draft_id)}"
