"""Where new entities stand among those that are there: behind the one the source has before."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.errors import SpecError


class Arrivals:
    """Collects the order per parent, then rebuilds each list of children once."""

    def __init__(self) -> None:
        self._order: dict[tuple[str, str], list[tuple[str, bool]]] = {}

    def met(self, kind: str, parent: str, identifier: str) -> None:
        """The source comes to an entity of `kind` that stands below `parent` already."""
        self._order.setdefault((parent, kind), []).append((identifier, False))

    def new(self, kind: str, parent: str, identifier: str) -> None:
        """The source comes to an entity of `kind` that is to stand below `parent`."""
        self._order.setdefault((parent, kind), []).append((identifier, True))

    def settle(self, plan: dict[str, Any], entities: dict[str, dict[str, Any]]) -> None:
        """Put the new ones into the children of their parents."""
        for (parent, kind), order in self._order.items():
            if not any(new for _, new in order):
                continue
            above = entities[parent] if parent else plan
            key = kind + "s"
            present = above.get(key, [])
            if not isinstance(present, list):
                raise SpecError(
                    "plan_invalid",
                    f"{parent or 'the plan'}: {key} is no list",
                    hint="br lint shows what is wrong with the plan",
                )
            above[key] = _woven(present, order, entities)


def _woven(
    present: list[Any], order: list[tuple[str, bool]], entities: dict[str, dict[str, Any]]
) -> list[Any]:
    behind: dict[str, list[Any]] = {}
    front: list[Any] = []
    waiting = front
    met = False
    for identifier, new in order:
        if new:
            waiting.append(entities[identifier])
        else:
            met = True
            waiting = behind.setdefault(identifier, [])
    if not met:
        return [*present, *front]
    woven: list[Any] = []
    first = next(identifier for identifier, new in order if not new)
    for member in present:
        name = member.get("id") if isinstance(member, dict) else None
        if name == first:
            woven.extend(front)
        woven.append(member)
        woven.extend(behind.pop(name, ()) if isinstance(name, str) else ())
    return woven
