"""A plan with some entities replaced and new ones in their places: a side of a merge."""

from __future__ import annotations

from buildrunner.spec.document import CHILD_KIND, CHILDREN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plan = dict[str, Any]


def rewritten(
    plan: Plan,
    fields: dict[str, dict[str, Any]],
    below: dict[str, list[tuple[str | None, dict[str, Any]]]],
) -> Plan:
    """The plan with the fields of some entities replaced, and new entities in their places."""

    def entity(value: Any, kind: str) -> Any:
        if value.__class__ is not dict:
            return value
        field = CHILDREN.get(kind)
        identifier = value.get("id", "") if kind != "root" else ""
        made = value
        if kind != "root" and identifier in fields:
            made = {"id": identifier, **fields[identifier]}
            if field and field in value:
                made[field] = value[field]
        members = value.get(field) if field else None
        if members.__class__ is list or identifier in below:
            rows = members if members.__class__ is list else []
            children = [entity(member, CHILD_KIND[kind]) for member in rows]
            for after, new in below.get(identifier, ()):
                places = [at for at, each in enumerate(children) if _is(each, after)]
                children.insert(places[0] + 1 if places else len(children), new)
            made = {**made, str(field): children}
        return made

    result: Plan = entity(plan, "root")
    return result


def _is(value: Any, identifier: str | None) -> bool:
    return identifier is not None and value.__class__ is dict and value.get("id") == identifier
