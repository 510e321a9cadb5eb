"""The packs that come along, under ids that are the same on every server."""

from __future__ import annotations

from uuid import UUID, uuid5

from buildrunner.spec.blueprints import Entry, catalog

_SPACE = UUID("6f2f3a7e-52d1-5c5a-9f4e-0d8c1b7a9e35")


def shipped_id(name: str) -> UUID:
    """The id of a shipped pack."""
    return uuid5(_SPACE, name)


def shipped() -> dict[UUID, list[Entry]]:
    """Id → its versions, oldest first."""
    found: dict[UUID, list[Entry]] = {}
    for entry in catalog():
        found.setdefault(shipped_id(entry.name), []).append(entry)
    return found


def is_reserved(name: str) -> bool:
    """Whether a shipped pack is called so."""
    return any(entry.name == name for entry in catalog())
