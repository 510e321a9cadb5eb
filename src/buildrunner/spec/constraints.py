"""What an edit must keep to: known ids, values that fit, no dependency in a circle."""

from __future__ import annotations

from buildrunner.spec.document import STATUSES
from buildrunner.spec.errors import SpecError
from buildrunner.spec.ids import aliases
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.values import flaw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, NoReturn

    from buildrunner.spec.operations import Operation

PRIORITIES = ("P1", "P2", "P3")
RISKS = ("low", "medium", "high", "critical")
MICROSTEP_FIELDS = (
    "criteria", "links", "owner", "effort_points", "impact_score", "priority", "risk_level",
    "risk_notes", "demo_script", "rollback_plan", "post_check",
)  # fmt: skip
_SHOWN = 8


class EditRefused(SpecError):
    """An edit that would break the plan; nothing was changed.

    `code` is unknown_id, wrong_kind, invalid_value, id_taken, dependency_cycle or
    still_needed; `ids` are the entities that stand against it.
    """

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, ids: Iterable[str] = ()
    ) -> None:
        super().__init__(code, message, hint=hint)
        self.ids = list(ids)


def refuse(code: str, message: str, hint: str | None = None, ids: Iterable[str] = ()) -> NoReturn:
    raise EditRefused(code, message, hint=hint, ids=ids)


def find(tree: Tree, identifier: str, *kinds: str) -> Node:
    """The entity an id or a former id names; its kind one of `kinds` where given."""
    node = tree.nodes.get(meant(tree, identifier))
    if node is None:
        refuse("unknown_id", f'there is no "{identifier[:200]}" in the plan', "br list")
    if kinds and node.kind not in kinds:
        wanted = " or ".join(kinds)
        refuse(
            "wrong_kind", f'"{node.id or "the plan"}" is a {node.kind}, not a {wanted}', "br list"
        )
    return node


def meant(tree: Tree, reference: str) -> str:
    """The id of the entity a reference names; itself where it names none."""
    if reference in tree.nodes:
        return reference
    formerly = (n.id for n in tree.subtree(ROOT) if reference in aliases(n.value))
    return next(formerly, reference)


def check_fields(tree: Tree, kind: str, fields: Mapping[str, Any], identifier: str) -> None:
    """Refuse values that lint would call errors. `identifier` names the entity in messages."""
    place = f'"{identifier}"' if identifier else "the plan"
    for name, value in fields.items():
        if (fault := flaw({name: value})) is not None:
            refuse("invalid_value", f"{place}: {name}: {fault}")
        if kind != "microstep" and (name == "status" or name in MICROSTEP_FIELDS):
            # Unknown fields are kept everywhere, but this one would look like work that counts.
            refuse(
                "invalid_value",
                f"{place}: a {kind.replace('root', 'plan')} has no {name}",
                "set it on a microstep",
            )
        test = _TESTS.get(name)
        if test is not None and not test[0](value):
            refuse("invalid_value", f"{place}: {name} must be {test[1]}, not {_shown(value)}")
        if name == "depends_on":
            check_needs(tree, value, identifier)


def check_needs(tree: Tree, needs: list[str], identifier: str) -> None:
    """Refuse dependencies that do not exist, or on itself, or on what it lies in."""
    node = tree.nodes.get(identifier)
    above = set()
    while node is not None and node.id != ROOT:
        above.add(node.id)
        node = tree.nodes[node.parent]
    for need in needs:
        found = find(tree, need).id
        if found == identifier:
            refuse("dependency_cycle", f'"{identifier}" cannot depend on itself', ids=[identifier])
        if found == ROOT or found in above:
            refuse("dependency_cycle", f'"{identifier}" lies in "{found}" and cannot wait for it')


def refuse_circles(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Refuse an edit that closes a circle of dependencies; circles that were there may stay."""
    from buildrunner.spec.graph import Graph

    knots = Graph(after).knots()
    if not knots:
        return
    known = {frozenset(knot) for knot in Graph(before).knots()}
    for names in Graph(after).cycles():
        if not any(known_knot.issuperset(names) for known_knot in known):
            shown = [*names[:_SHOWN], *(["…"] if len(names) > _SHOWN else []), names[0]]
            refuse(
                "dependency_cycle",
                f"the dependencies would run in a circle: {' → '.join(shown)}",
                "drop one of these dependencies first",
                names,
            )


def referrers(tree: Tree, targets: set[str]) -> list[Node]:
    """The entities outside `targets` that depend on one of them, former ids resolved."""
    names = set(targets)
    for identifier in targets:
        former = (a for a in aliases(tree.nodes[identifier].value) if a not in tree.nodes)
        names.update(former)
    return [
        node
        for node in tree.subtree(ROOT)
        if node.id not in targets and names.intersection(needs_of(node))
    ]


def needs_of(node: Node) -> list[str]:
    """The texts in `depends_on`."""
    found = node.value.get("depends_on")
    return [r for r in found if r.__class__ is str] if found.__class__ is list else []


def set_needs(node: Node, needs: Iterable[str]) -> Operation:
    """The operation that gives an entity these dependencies, each once."""
    kept = list(dict.fromkeys(needs))
    if kept:
        return {"op": "set", "id": node.id, "field": "depends_on", "value": kept}
    return {"op": "unset", "id": node.id, "field": "depends_on"}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _text(value: Any) -> bool:
    return value.__class__ is str


def _line(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value.splitlines()) == 1


def _lines(value: Any) -> bool:
    return value.__class__ is list and all(isinstance(v, str) and v.strip() for v in value)


def _texts(value: Any) -> bool:
    return value.__class__ is list and all(v.__class__ is str for v in value)


def _links(value: Any) -> bool:
    return value.__class__ is list and all(v.__class__ in (str, dict) for v in value)


def _within(low: int, high: int) -> tuple[Callable[[Any], bool], str]:
    def test(value: Any) -> bool:
        return value.__class__ is int and low <= value <= high

    return test, f"a whole number from {low} to {high}"


def _one_of(names: tuple[str, ...]) -> tuple[Callable[[Any], bool], str]:
    def test(value: Any) -> bool:
        return value.__class__ is str and value in names

    return test, f"one of {', '.join(names)}"


_TESTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "title": (_line, "one line of text"),
    "status": _one_of(STATUSES),
    "criteria": (_lines, "a list of texts, none of them empty"),
    "demo_script": (_texts, "a list of texts"),
    "depends_on": (_texts, "a list of ids"),
    "aliases": (_texts, "a list of ids"),
    "links": (_links, "a list of addresses"),
    "checks": (lambda value: value.__class__ is list, "a list"),
    "effort_points": _within(1, 100),
    "impact_score": _within(1, 10),
    "priority": _one_of(PRIORITIES),
    "risk_level": _one_of(RISKS),
    **dict.fromkeys(("owner", "risk_notes", "rollback_plan", "post_check"), (_text, "a text")),
    **dict.fromkeys(("phase", "projectId", "version", "updatedAt"), (_text, "a text")),
}
