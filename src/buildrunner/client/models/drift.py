"""Drift, the reports of clones, and decisions about conflicts."""

from __future__ import annotations

from typing import Any

import msgspec


class DriftReport(msgspec.Struct, frozen=True):
    """The newest report of one person or service, clone and branch."""

    id: str
    clone: str
    label: str
    branch: str
    commit: str
    since: str
    base_revision: int
    by: dict[str, Any]
    reported_at: str
    counts: dict[str, int]
    findings: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    overlaps: list[dict[str, Any]]


class ConflictChoice(msgspec.Struct, frozen=True):
    """A decision; `resolution` is what a sync takes as an answer, `answers` the digests of the
    conflicts that it is one to."""

    id: str
    digest: str
    answers: list[str]
    entity_id: str
    field: str
    title: str
    choice: str
    resolution: dict[str, Any]
    conflict: dict[str, Any]
    revision: int | None
    clone: str
    branch: str
    by: dict[str, Any]
    at: str
    replaced_at: str | None = None


class ProjectDrift(msgspec.Struct, frozen=True):
    """What drifted in a project, as the server sees it and clones report it."""

    clean: bool
    revision: int
    kinds: dict[str, int]
    findings: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    meetings: list[dict[str, Any]]
