"""What Create hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

OPEN, ACCEPTED, DISCARDED = "open", "accepted", "discarded"
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DraftIn:
    """What a draft is made of; see `spec.drafting.Request`."""

    kind: str
    text: str = ""
    name: str = ""
    format: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftView:
    """A stored draft.

    `content` is `spec.drafting.Draft.as_dict`; `base_revision` the revision of the plan it was
    made against (0: none yet); `revision` the one that accepting wrote; `added` maps accepted
    items to their ids in the plan.
    """

    id: UUID
    kind: str
    name: str
    state: str
    title: str
    input_digest: str
    base_revision: int
    revision: int | None
    counts: dict[str, int]
    by: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    added: dict[str, str]
    content: Content
    text: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting did: `added` item → id in the plan, `skipped` items that were there."""

    draft: DraftView
    revision: int
    version: str
    added: dict[str, str]
    skipped: list[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft beside the plan as it is: the head's revision, versions, findings of its items."""

    revision: int
    version: str
    next_version: str
    findings: list[dict[str, Any]]
    titles: dict[str, str]
