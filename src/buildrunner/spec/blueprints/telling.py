"""What applying changes, row by row, for people: the parts that arrive and the fields that change."""

from __future__ import annotations

from buildrunner.spec.document import CHILDREN, index, root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Row = dict[str, Any]

# How a plan remembers its packs is nothing to decide about.
_KEPT = ("source", "blueprints")
_BELOW = {"": "milestone", "milestone": "step", "step": "microstep"}
_LONGEST = 300


def changes(operations: Sequence[dict[str, Any]], plan: dict[str, Any]) -> list[Row]:
    """Rows of {"op", "id", "title", "level"}, of fields with "field", "before" and "after".

    `op` is add, set, unset, move or remove; `level` 0 to 2 says how deep a part lies. `plan` is the
    document before.
    """
    known = index(plan)
    found: list[Row] = []
    for operation in operations:
        verb = operation["op"]
        if verb == "add":
            parent = known.get(operation["parent"])
            kind = _BELOW[parent.kind if parent is not None else ""]
            found += _added(operation["value"], kind)
            continue
        if verb in ("set", "unset") and operation["field"] in _KEPT:
            continue
        entity = known.get(operation["id"]) or root(plan)
        row: Row = {
            "op": verb,
            "id": operation["id"],
            "title": str(entity.value.get("title", "")),
            "level": 0,
        }
        if verb in ("set", "unset"):
            field = operation["field"]
            row["field"] = field
            row["before"] = _said(entity.value.get(field))
            row["after"] = _said(operation.get("value"))
        found.append(row)
    return found


def in_words(row: Row) -> str:
    """One line of a terminal."""
    name = f"{row['id']} {row['title']}".strip()
    if row["op"] == "add":
        return f"+ {'  ' * row['level']}{name}"
    if "field" in row:
        return f"~ {name}: {row['field']}: {row['before']} → {row['after']}"
    return f"{'-' if row['op'] == 'remove' else '>'} {name}"


def _added(value: dict[str, Any], kind: str) -> Iterator[Row]:
    level = ("milestone", "step", "microstep").index(kind)
    yield {
        "op": "add",
        "id": value.get("id", ""),
        "title": str(value.get("title", "")),
        "level": level,
        "criteria": [each for each in value.get("criteria", ()) if each.__class__ is str],
    }
    below = CHILDREN.get(kind)
    for child in value.get(below, ()) if below else ():
        yield from _added(child, _BELOW[kind])


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    text = "; ".join(str(each) for each in value) if value.__class__ is list else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
