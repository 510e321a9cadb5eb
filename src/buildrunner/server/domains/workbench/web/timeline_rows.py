"""One event as it is told: who did what, to what, and what else is known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from buildrunner.server.domains.workbench import facade as workbench

_MOST_IDS, _LONGEST = 5, 300
_DEEDS = {
    "plan.revised": "revised the plan",
    "claim.taken": "took",
    "claim.released": "gave back",
    "claim.expired": "let the claim lapse on",
    "agent_run.started": "began a run",
    "agent_run.ended": "ended a run",
    "agent_run.lost": "closed a run that fell silent",
    "evidence.received": "brought evidence for",
    "evidence.signed_off": "signed off",
    "evidence.sign_off_revoked": "took back the sign-off of",
    "comment.written": "commented on",
    "comment.resolved": "resolved a thread on",
    "drift.reported": "reported drift",
    "conflict.chosen": "decided a conflict on",
    "blueprint.applied": "applied a blueprint",
    "draft.accepted": "accepted a draft",
    "rescope.applied": "rescoped the plan",
    "project.created": "created the project",
    "approval.given": "approved",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An event as a row. `items` are (id, title, address) of what it touched in the plan."""

    id: int
    at: datetime
    who: str
    agent: bool
    for_whom: str
    deed: str
    kind: str
    items: list[tuple[str, str, str]]
    more_items: int
    revision: int | None
    history: str
    run: str
    details: list[tuple[str, str]]


def row_of(event: workbench.TimelineEvent, places: workbench.Places, project_id: UUID) -> Row:
    """An event with what the plan knows of it now."""
    label, name = event.actor.get("label") or "", event.actor.get("name") or "Somebody"
    revision = event.data.get("revision")
    revision = revision if isinstance(revision, int) else None
    base = f"/projects/{project_id}"
    # A microstep says more than the step and milestone above it, which a revision names too.
    ids = [one for one in event.ids if len(places.below.get(one, ())) <= 1] or event.ids
    items = [
        (one, places.title(one), f"{base}/plan/items/{quote(one, safe='')}")
        for one in ids[:_MOST_IDS]
    ]
    return Row(
        id=event.id,
        at=event.at,
        who=label or name,
        agent=event.agent,
        for_whom=name if label and label != name else "",
        deed=_DEEDS.get(event.kind) or event.kind.replace(".", ": ").replace("_", " "),
        kind=event.kind,
        items=items,
        more_items=max(0, len(ids) - _MOST_IDS),
        revision=revision,
        history=f"{base}/history/{revision}" if revision else "",
        run=f"{base}/timeline/runs/{event.run}" if event.run else "",
        details=[("Subject", event.subject)] * bool(event.subject)
        + [(key.replace("_", " "), _shown(value)) for key, value in event.data.items()],
    )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
