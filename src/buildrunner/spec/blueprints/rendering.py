"""Filling a blueprint in: parameters become texts, the result is a fragment of a plan."""

from __future__ import annotations

from buildrunner.spec.blueprints import parameters
from buildrunner.spec.document import content_hash
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

BELOW = {"milestone": "steps", "step": "microsteps"}
KINDS = {"milestone": "step", "step": "microstep"}


class Part:
    """One entity of a fragment: `id` inside the pack, `parent` there, `fields` without children."""

    __slots__ = ("fields", "id", "kind", "parent")

    def __init__(self, kind: str, identifier: str, parent: str, fields: dict[str, Any]) -> None:
        self.kind = kind
        self.id = identifier
        self.parent = parent
        self.fields = fields


class Fragment:
    """A blueprint with its parameters filled in, ready to be combined.

    `milestones` is the plan fragment with the ids of the pack; `parts` the same in a row, parents
    first; `digest` that of the blueprint it was made of; `origin` where that came from.
    """

    __slots__ = (
        "digest",
        "document",
        "milestones",
        "name",
        "origin",
        "parts",
        "values",
        "version",
    )

    def __init__(
        self,
        document: dict[str, Any],
        values: dict[str, str],
        milestones: list[dict[str, Any]],
        origin: str,
    ) -> None:
        self.origin = origin
        self.document = document
        self.name: str = document["name"]
        self.version: str = document["version"]
        self.values = values
        self.milestones = milestones
        self.digest = content_hash(document)
        self.parts = [*_parts(milestones, "milestone", "")]

    def counts(self) -> dict[str, int]:
        """How many milestones, steps and microsteps there are."""
        found = {"milestones": 0, "steps": 0, "microsteps": 0}
        for part in self.parts:
            found[part.kind + "s"] += 1
        return found


def render(
    blueprint: dict[str, Any], values: Mapping[str, Any] | None = None, *, origin: str = ""
) -> Fragment:
    """Fill in a blueprint that `load` found no errors in.

    `values` are by name; what is left out takes its default. `origin` tells publishers apart who
    call their packs the same: "shipped", an address, whatever; "" is not known. Raises WrongValue (a SpecError with
    a row a parameter), and SpecError where the values make the plan unfit: `blueprint_unfit`.
    """
    filled = parameters.values_for(blueprint, values or {})
    bare = frozenset(
        row["name"]
        for row in parameters.declared(blueprint)
        if row.get("type") in ("integer", "command")
    )
    filling = parameters.Filling(filled, bare)
    milestones = [
        _entity(filling.fill(each), "milestone") for each in blueprint["plan"]["milestones"]
    ]
    if filled:
        _check(blueprint, milestones)
    return Fragment(blueprint, filled, milestones, origin)


def _entity(value: dict[str, Any], kind: str) -> dict[str, Any]:
    """An entity as a plan has it: with its status where it has one."""
    field = BELOW.get(kind)
    if field is None:
        made = {"id": value["id"], "title": value["title"], "status": "todo"}
        return {**made, **value}
    rest = {name: each for name, each in value.items() if name != field}
    return {**rest, field: [_entity(each, KINDS[kind]) for each in value[field]]}


def _parts(values: list[dict[str, Any]], kind: str, parent: str) -> Iterator[Part]:
    field = BELOW.get(kind)
    for value in values:
        fields = {name: each for name, each in value.items() if name not in ("id", field)}
        yield Part(kind, value["id"], parent, fields)
        if field is not None:
            yield from _parts(value[field], KINDS[kind], value["id"])


def _check(blueprint: dict[str, Any], milestones: list[dict[str, Any]]) -> None:
    """What was filled in is judged as if somebody had written it: links, paths, secrets."""
    from buildrunner.spec.blueprints.reading import load
    from buildrunner.spec.document import canonical

    filled = {
        **{name: each for name, each in blueprint.items() if name != "parameters"},
        "plan": {"milestones": _escaped(milestones)},
    }
    found = [finding for finding in load(canonical(filled)).errors if finding.code != "BP103"]
    if found:
        raise SpecError(
            "blueprint_unfit",
            f"with these values {blueprint['name']} is no sound plan: {found[0].message}",
            pointer=found[0].pointer,
            hint=found[0].hint,
        )


def _escaped(value: Any) -> Any:
    if value.__class__ is str:
        return value.replace("${", "$${")
    if value.__class__ is list:
        return [_escaped(each) for each in value]
    if value.__class__ is dict:
        return {name: _escaped(each) for name, each in value.items()}
    return value
