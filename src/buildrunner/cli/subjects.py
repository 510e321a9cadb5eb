"""What a command is about: an entity named by id, by a former id, or nearly."""

from __future__ import annotations

from buildrunner.cli.errors import Refusal, usage
from buildrunner.spec.ids import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.document import Entity


def entity_of(plan: dict[str, Any], identifier: str) -> Entity:
    """The entity an id or a former id names. Raises a Refusal with the nearest ids."""
    found = resolve(plan, identifier)
    if found is None or not identifier:
        raise unknown(plan, identifier)
    return found


def microstep_of(plan: dict[str, Any], identifier: str) -> Entity:
    """The same where only a microstep will do."""
    found = entity_of(plan, identifier)
    if found.kind != "microstep":
        inside = next((each for each in _below(found) if each.kind == "microstep"), None)
        raise usage(
            f"{found.id} is a {found.kind}; only microsteps have a status",
            next_command=f"br list {found.id}" if inside else f"br plan add {found.id} TITLE",
            code="not_a_microstep",
        )
    return found


def _below(entity: Entity) -> list[Entity]:
    found = []
    for child in entity.children():
        found.append(child)
        found.extend(_below(child))
    return found


def unknown(plan: dict[str, Any], identifier: str) -> Refusal:
    """The refusal for an id the plan does not have."""
    from buildrunner.cli.nearest import nearest, suggestion
    from buildrunner.spec.document import walk

    close = nearest(identifier, (entity.id for entity in walk(plan)))
    return Refusal(
        "unknown_id",
        f"the plan has no {identifier!r}{suggestion(close)}",
        missing=[identifier],
        next_command=f"br show {close[0]}" if close else "br list",
        extra={"nearest": close},
    )
