"""Where an entity came from, and what the last import wrote: the base of the next one.

An imported entity carries `source`: `format`, `key`, the source's own `status` word where
ours says less, and `fields`, a short hash of every value as imported. With it the next
import tells a change in the source from a change in the plan, field by field.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from buildrunner.spec.document import CHILDREN

ABSENT: Any = object()
#: Fields that stay when the source no longer has them: a microstep cannot be without.
LASTING = frozenset({"title", "status", "criteria"})


def mark(value: Any) -> str:
    """Twelve hexadecimal digits for a value; equal JSON gives equal marks."""
    if isinstance(value, str):
        data = b's"' + value.encode("utf-8", "surrogatepass")
    else:
        import json

        data = json.dumps(value, sort_keys=True).encode()
    return blake2b(data, digest_size=6).hexdigest()


def origin(entity: dict[str, Any], format: str) -> str | None:
    """The key under which an import of `format` brought the entity in, else None."""
    source = entity.get("source")
    if isinstance(source, dict) and source.get("format") == format:
        key = source.get("key")
        return key if isinstance(key, str) else None
    return None


def mark_seen(entity: dict[str, Any], field: str) -> str:
    """The mark of what the last import wrote into a field, "" where it wrote none."""
    source = entity.get("source")
    seen = source.get("fields") if isinstance(source, dict) else None
    found = seen.get(field) if isinstance(seen, dict) else None
    return found if isinstance(found, str) else ""


def remark(entity: dict[str, Any], field: str) -> None:
    """Let the base follow a field that the import itself changed after writing it."""
    if mark_seen(entity, field):
        source = entity["source"]
        marks = {**source["fields"], field: mark(entity[field])}
        entity["source"] = {**source, "fields": marks}


def stamp(format: str, key: str, status: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The `source` of an entity that is added with these fields."""
    source: dict[str, Any] = {"format": format, "key": key}
    if status:
        source["status"] = status
    source["fields"] = {name: mark(value) for name, value in fields.items()}
    return source


class Outcome:
    """What an update did: `fields` to write (ABSENT = remove), names that were kept."""

    __slots__ = ("fields", "kept")

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.kept: list[str] = []


def overwrite(entity: dict[str, Any], fields: dict[str, Any]) -> Outcome:
    """The file's values win: for own exports, which name the entity by its id."""
    outcome = Outcome()
    for name, value in fields.items():
        if not same(entity.get(name, ABSENT), value):
            outcome.fields[name] = value
    return outcome


def update(
    entity: dict[str, Any],
    key: str,
    status: str,
    fields: dict[str, Any],
    *,
    derived: tuple[str, ...] = (),
    prefer: str = "",
) -> Outcome:
    """A field changes when the source changed it since the last import and the plan did not.

    Changed on both sides, it keeps the plan's value and is named in `kept`, again at every
    import until `prefer` decides: "source" takes the source's value, "plan" settles for the
    plan's. A derived value never competes with what people wrote. The returned fields hold
    the new `source` too where that differs.
    """
    outcome = Outcome()
    source = entity["source"]
    old = source.get("fields")
    seen: dict[str, Any] = dict(old) if isinstance(old, dict) else {}
    for name, value in fields.items():
        current = entity.get(name, ABSENT)
        fresh = mark(value)
        if seen.get(name) == fresh:
            continue
        if not same(current, value):
            untouched = current is ABSENT if name not in seen else _is(current, seen[name])
            if untouched or prefer == "source":
                outcome.fields[name] = value
            elif prefer != "plan":
                if name not in derived:
                    outcome.kept.append(name)
                continue
        seen[name] = fresh
    for name in [name for name in seen if name not in fields and name not in LASTING]:
        if _is(entity.get(name, ABSENT), seen.pop(name)):
            outcome.fields[name] = ABSENT
    renewed = {part: value for part, value in source.items() if part not in ("status", "fields")}
    renewed["key"] = key
    if status:
        renewed["status"] = status
    renewed["fields"] = seen
    if renewed != source:
        outcome.fields["source"] = renewed
    return outcome


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: `1` and `true` differ."""
    return left is right or (left is not ABSENT and left == right and mark(left) == mark(right))


def _is(value: Any, seen: Any) -> bool:
    return value is not ABSENT and mark(value) == seen


def write(entity: dict[str, Any], kind: str, fields: dict[str, Any]) -> None:
    """Put fields into an entity, before its children where those stand last."""
    children = CHILDREN.get(kind, "")
    last = bool(children) and next(reversed(entity), None) == children
    below = entity.pop(children) if last else None
    for name, value in fields.items():
        if value is ABSENT:
            entity.pop(name, None)
        else:
            entity[name] = value
    if last:
        entity[children] = below
