"""A text that may be a blueprint."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.blueprints.errors import BlueprintInvalid
from buildrunner.spec.blueprints import Fragment, load
from buildrunner.spec.document import content_hash


def read(text: str | bytes, name: str = "") -> dict[str, Any]:
    """The blueprint in a text. Raises BlueprintInvalid with every finding."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    reading = load(data, name)
    if reading.blueprint is None:
        raise BlueprintInvalid([finding.as_dict() for finding in reading.findings], name)
    return reading.blueprint


def findings(text: str, name: str = "") -> list[dict[str, Any]]:
    """Everything that can be said of a text."""
    return [f.as_dict() for f in load(text.encode("utf-8", "surrogatepass"), name).findings]


def counts_of(blueprint: dict[str, Any]) -> dict[str, int]:
    """How many milestones, steps and microsteps a blueprint brings."""
    return Fragment(blueprint, {}, blueprint["plan"]["milestones"], "").counts()


def digest_of(blueprint: dict[str, Any]) -> str:
    """What tells one content from another."""
    return content_hash(blueprint)
