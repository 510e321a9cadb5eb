"""Projects, plans, claims and events."""

from __future__ import annotations

from typing import Any

import msgspec


class Project(msgspec.Struct, frozen=True):
    """A project. `revision` 0 means that no plan has been stored yet."""

    id: str
    org_id: str
    title: str
    revision: int
    document_hash: str | None = None
    role: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    archived_at: str | None = None
    url: str | None = None


class ImportedProject(msgspec.Struct, frozen=True):
    """What an import led to; `created` is false where the project stood there already."""

    created: bool
    rows: int
    project: Project


class StoredPlan(msgspec.Struct, frozen=True):
    """A plan as the server holds it: the document, its revision, hash and entity tag."""

    document: dict[str, Any]
    revision: int
    document_hash: str
    etag: str


class Saved(msgspec.Struct, frozen=True):
    """The revision that a PUT made; `warnings` are those of `Synced`."""

    revision: int
    document_hash: str
    warnings: list[dict[str, Any]] = msgspec.field(default_factory=list)


class Edited(msgspec.Struct, frozen=True):
    """What an edit made: `created` is false where it changed nothing."""

    revision: int
    document_hash: str
    created: bool
    operations: list[dict[str, Any]]
    warnings: list[dict[str, Any]] = msgspec.field(default_factory=list)


class Comparison(msgspec.Struct, frozen=True):
    """What lies between two revisions, as operations and in words."""

    from_revision: int
    to_revision: int
    operations: list[dict[str, Any]]
    words: list[str]


class Synced(msgspec.Struct, frozen=True):
    """A successful sync: apply `operations` to the document you sent to reach `document_hash`.

    `refused` lists `{"id", "title", "code", "missing", "next_command"}` of microsteps that stay as
    they were, since nothing proves them done; `warnings` those that became done all the same.
    """

    revision: int
    document_hash: str
    operations: list[dict[str, Any]]
    renames: list[dict[str, Any]] = msgspec.field(default_factory=list)
    applied: int = 0
    refused: list[dict[str, Any]] = msgspec.field(default_factory=list)
    warnings: list[dict[str, Any]] = msgspec.field(default_factory=list)


class Claim(msgspec.Struct, frozen=True):
    """A lease on a microstep."""

    microstep_id: str
    holder: str
    expires_at: str
    id: str | None = None


class Author(msgspec.Struct, frozen=True):
    """Who made a revision."""

    id: str | None
    name: str
    kind: str


class Revision(msgspec.Struct, frozen=True):
    """One revision in a project's history; `operations` only when asked for by number."""

    revision: int
    document_hash: str
    author: Author
    created_at: str
    message: str = ""
    operations_count: int = 0
    operations: list[dict[str, Any]] | None = None
    document: dict[str, Any] | None = None


class Listing(msgspec.Struct, frozen=True):
    """One page of a list."""

    items: list[Any]
    next_cursor: str | None = None


class ServerEvent(msgspec.Struct, frozen=True):
    """One event of the stream; `id` resumes the stream after it."""

    id: str
    kind: str
    data: dict[str, Any]
