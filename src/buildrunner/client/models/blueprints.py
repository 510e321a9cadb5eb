"""Blueprints, and what applying them does."""

from __future__ import annotations

from typing import Any

import msgspec


class Blueprint(msgspec.Struct, frozen=True):
    """A blueprint in a list; `source` is shipped, organization or public."""

    id: str
    name: str
    title: str
    summary: str
    tags: list[str]
    version: str
    source: str
    visibility: str
    publisher: str
    installs: int
    ratings: int
    rating: float | None
    updated_at: str | None
    applied: str = ""


class BlueprintVersion(msgspec.Struct, frozen=True):
    """One published version."""

    version: str
    digest: str
    created_at: str | None
    author: str = ""


class BlueprintDetail(Blueprint, frozen=True):
    """A blueprint with its versions and one document."""

    versions: list[BlueprintVersion] = msgspec.field(default_factory=list)
    document: dict[str, Any] = msgspec.field(default_factory=dict)
    own_stars: int | None = None


class AppliedBlueprints(msgspec.Struct, frozen=True):
    """What applying does or did; `ready` where nothing stands against it."""

    revision: int
    created: bool
    packs: list[dict[str, Any]]
    counts: dict[str, int]
    operations: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    denials: list[dict[str, Any]]
    told: list[dict[str, Any]]
    notes: list[str]
    ready: bool = False


class BlueprintInstallation(msgspec.Struct, frozen=True):
    """One apply on record."""

    id: str
    created_at: str
    name: str
    title: str
    version: str
    source: str
    revision: int
    counts: dict[str, int]
    actor: dict[str, Any]
    blueprint_id: str | None = None


class MarketplaceEntry(msgspec.Struct, frozen=True):
    """A blueprint that the operator's index lists."""

    name: str
    title: str
    summary: str
    version: str
    url: str
    publisher: str = ""
    tags: list[str] = msgspec.field(default_factory=list)


class BlueprintFindings(msgspec.Struct, frozen=True):
    """What is wrong with a text."""

    valid: bool
    findings: list[dict[str, Any]]
