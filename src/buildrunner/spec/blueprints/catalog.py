"""The packs that come with BuildRunner."""

from __future__ import annotations

import os

from buildrunner.spec.blueprints.reading import load
from buildrunner.spec.blueprints.versions import key, satisfies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FOLDER = os.path.join(os.path.dirname(__file__), "packs")
_entries: list[Entry] = []


class Entry:
    """A shipped pack: what it is called, what it is found under, and its `blueprint`."""

    __slots__ = ("blueprint", "text")

    def __init__(self, blueprint: dict[str, Any], text: str) -> None:
        self.blueprint = blueprint
        self.text = text

    @property
    def name(self) -> str:
        return str(self.blueprint["name"])

    @property
    def version(self) -> str:
        return str(self.blueprint["version"])

    @property
    def title(self) -> str:
        return str(self.blueprint["title"])

    @property
    def summary(self) -> str:
        return str(self.blueprint["summary"])

    @property
    def tags(self) -> list[str]:
        return list(self.blueprint.get("tags", ()))

    @property
    def keywords(self) -> list[str]:
        """Words in a prompt that this pack answers, in small letters."""
        return list(self.blueprint.get("keywords", ()))


def catalog() -> list[Entry]:
    """The shipped packs by name, of each the versions in ascending order."""
    if not _entries:
        found = []
        for name in os.listdir(_FOLDER):
            if not name.endswith(".json"):
                continue
            with open(os.path.join(_FOLDER, name), "rb") as file:
                reading = load(file.read(), name)
            if reading.blueprint is not None:
                found.append(Entry(reading.blueprint, reading.text))
        found.sort(key=lambda entry: (entry.name, key(entry.version) or ()))
        _entries.extend(found)
    return list(_entries)


def find(name: str, version: str = "*") -> Entry | None:
    """The newest shipped version of a pack that lies in a range."""
    fitting = [e for e in catalog() if e.name == name and satisfies(e.version, version)]
    return fitting[-1] if fitting else None
