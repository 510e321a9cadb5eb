"""What the room hands out and takes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

PRIVATE, ORGANIZATION, PUBLIC = "private", "organization", "public"
VISIBILITIES = (PRIVATE, ORGANIZATION, PUBLIC)
SHIPPED, FILE, URL = "shipped", "file", "url"


@dataclass(frozen=True, slots=True)
class BlueprintView:
    """A blueprint in a list. `source` is shipped, organization or public; `rating` the mean of the
    stars, None without one; `applied` the version in the project's plan, "" without."""

    id: UUID
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
    updated_at: datetime | None
    applied: str = ""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One published version."""

    version: str
    digest: str
    created_at: datetime | None
    author: str = ""


@dataclass(frozen=True, slots=True)
class BlueprintDetail:
    """A blueprint with its versions and the document of one; `own_stars` are the asker's."""

    view: BlueprintView
    versions: list[VersionView]
    document: dict[str, Any]
    text: str
    own_stars: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One blueprint to apply: by id or name, by address, or as a document; with values.

    `digest`, where given, is that of the content that was looked at: another one is refused.
    """

    id: UUID | None = None
    name: str = ""
    version: str = ""
    url: str = ""
    document: str = ""
    digest: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A document to apply and where it came from."""

    blueprint: dict[str, Any]
    text: str
    source: str
    origin: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying does or did; nothing is written while `conflicts` or `denials` stand.

    `revision` is the plan's: the new one, or the one that was looked at. `denials` are those of the
    policy that stand against it, `told` those that it only reports.
    """

    revision: int
    created: bool
    packs: list[dict[str, str]]
    operations: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    counts: dict[str, int]
    conflicts: list[dict[str, Any]]
    denials: list[dict[str, Any]]
    told: list[dict[str, Any]]
    notes: list[str]

    @property
    def ready(self) -> bool:
        """Whether it may be applied as it is."""
        return not self.conflicts and not self.denials


@dataclass(frozen=True, slots=True)
class InstallationView:
    """One apply, as it is on record."""

    id: UUID
    created_at: datetime
    name: str
    title: str
    version: str
    source: str
    revision: int
    counts: dict[str, int]
    actor: dict[str, Any]
    blueprint_id: UUID | None


@dataclass(frozen=True, slots=True)
class MarketplaceEntry:
    """A blueprint that an index lists; its document is fetched when it is asked for."""

    name: str
    title: str
    summary: str
    version: str
    url: str
    publisher: str = ""
    tags: list[str] = field(default_factory=list)
