"""Circles that no side made alone: each added a dependency, together they close.

Every entity in such a circle whose dependencies or place differ between the sides is put to
decision, kind `cycle`; until then it stands as on our side, where there is no circle.
"""

from __future__ import annotations

from buildrunner.spec.conflicts import Conflict
from buildrunner.spec.graph import Graph
from buildrunner.spec.identity import Version
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from buildrunner.spec.naming import Naming
    from buildrunner.spec.placement import Placement


def untangle(
    document: dict[str, Any],
    placement: Placement,
    naming: Naming,
    contents: dict[str, dict[str, Any]],
    rebuild: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """The document without new circles, or with them reported; `contents` is corrected."""
    if not (
        _rewired(placement.ours, placement.base) and _rewired(placement.theirs, placement.base)
    ):
        return document
    asked: set[tuple[str, str]] = set()
    known: list[set[str]] | None = None
    while True:
        knots = [{naming.keys[name] for name in knot} for knot in Graph(document).knots()]
        if knots and known is None:
            known = [*_own_knots(placement.ours), *_own_knots(placement.theirs)]
        fresh = [knot for knot in knots if not any(knot <= other for other in known or ())]
        if not fresh:
            return document
        turned = False
        for knot in fresh:
            for key in sorted(knot, key=naming.ids.__getitem__):
                turned |= _ask(key, placement, naming, contents, asked)
        if not turned:
            _insist(fresh, placement, naming, contents)
            return rebuild()
        document = rebuild()


def _rewired(side: Version, base: Version) -> bool:
    """Whether a side changed who depends on whom, or who lies in what."""
    for key, node in side.nodes.items():
        origin = base.nodes.get(key)
        if origin is not None and side.parent(key) != base.parent(key):
            return True
        # What is new and depends on nothing adds no way from anything to anything.
        needs = node.value.get("depends_on")
        before = origin.value.get("depends_on") if origin is not None else None
        if needs is not before and not same(needs, before):
            return True
    return False


def _own_knots(side: Version) -> list[set[str]]:
    plan = side.tree.render()
    return [{side.keys[name] for name in knot} for knot in Graph(plan).knots()]


def _ask(
    key: str,
    placement: Placement,
    naming: Naming,
    contents: dict[str, dict[str, Any]],
    asked: set[tuple[str, str]],
) -> bool:
    """Put what differs between the sides to decision, once; whether there was something."""
    turned = False
    conflict = _needs_conflict(key, placement, naming)
    if conflict is not None and (key, conflict.field) not in asked:
        asked.add((key, conflict.field))
        _write(key, placement.decisions.answer(conflict, placement.names(key)), contents)
        turned = True
    if _moved(key, placement) and (key, "position") not in asked:
        asked.add((key, "position"))
        conflict = placement.position_conflict(key, "cycle")
        if any(
            c.id == conflict.id and c.field == "position" for c in placement.decisions.conflicts
        ):
            return turned
        verdict = placement.decisions.answer(conflict, placement.names(key))
        parent = placement.accept_position(key, verdict)
        placement.parents[key] = parent if parent is not None else placement.ours.parent(key)
        turned = True
    return turned


def _insist(
    knots: list[set[str]],
    placement: Placement,
    naming: Naming,
    contents: dict[str, dict[str, Any]],
) -> None:
    """The answers themselves close a circle: they are refused, and stand as on our side."""
    for knot in knots:
        for key in sorted(knot, key=naming.ids.__getitem__):
            conflict = _needs_conflict(key, placement, naming)
            if conflict is None and "depends_on" in contents[key]:
                values = [contents[key]["depends_on"]] * 3
                title = placement.title(key)
                conflict = Conflict(naming.ids[key], "depends_on", "cycle", values, title)
            if conflict is not None:
                _write(key, conflict.ours, contents)
                placement.decisions.conflicts.append(conflict)


def _needs_conflict(key: str, placement: Placement, naming: Naming) -> Conflict | None:
    """The contest over an entity's dependencies, None where both sides have the same."""
    values: list[Any] = []
    for version in (placement.base, placement.ours, placement.theirs):
        node = version.nodes.get(key)
        needs = node.value.get("depends_on", ABSENT) if node is not None else ABSENT
        values.append(naming.translated(needs, version) if isinstance(needs, list) else needs)
    if same(values[1], values[2]):
        return None
    return Conflict(naming.ids[key], "depends_on", "cycle", values, placement.title(key))


def _moved(key: str, placement: Placement) -> bool:
    ours, theirs = placement.ours, placement.theirs
    if key not in ours.nodes or key not in theirs.nodes:
        return False
    above = ours.parent(key)
    return above != theirs.parent(key) and above in placement.alive


def _write(key: str, needs: Any, contents: dict[str, dict[str, Any]]) -> None:
    fields = {name: value for name, value in contents[key].items() if name != "depends_on"}
    contents[key] = fields if needs is ABSENT else {**fields, "depends_on": needs}
