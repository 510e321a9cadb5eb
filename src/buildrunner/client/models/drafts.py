"""Drafts: what would be added to a plan, and what became of it."""

from __future__ import annotations

from typing import Any

import msgspec


class DraftSummary(msgspec.Struct, frozen=True):
    """A draft as lists show it; `state` is open, accepted or discarded."""

    id: str
    kind: str
    name: str
    state: str
    title: str
    input_digest: str
    base_revision: int
    revision: int | None
    counts: dict[str, int]
    by: dict[str, Any]
    created_at: str
    updated_at: str


class Draft(DraftSummary, frozen=True):
    """A draft whole: items with source and reason, assumptions, open questions."""

    items: list[dict[str, Any]]
    known: list[dict[str, Any]]
    assumptions: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    suggestions: list[dict[str, Any]]
    added: dict[str, str]


class AcceptedDraft(msgspec.Struct, frozen=True):
    """What accepting did: `added` maps items to ids in the plan, `skipped` were there by then."""

    revision: int
    version: str
    added: dict[str, str]
    skipped: list[str]
    draft: Draft
