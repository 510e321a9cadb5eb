"""What differs between two revisions, entity by entity and word by word, for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, NamedTuple
from urllib.parse import quote

from buildrunner.server.domains.plans.facade import Comparison, Operation, Plan
from buildrunner.server.domains.plans.web.fields import KNOWN, link_text
from buildrunner.server.platform.ui.templatetags.ui import STATUS_WORDS
from buildrunner.spec.diff import describe
from buildrunner.spec.document import CHILDREN, Entity, index
from buildrunner.spec.values import ABSENT

# What a page draws; the whole difference is in the API.
MAX_ENTITIES = 200
MAX_BELOW = 12
# Values up to this size stand side by side, longer ones are shown as one text.
_SHORT, _FEW = 60, 4
_MAX_WORDS = 4_000

SAME, GONE, NEW = "same", "gone", "new"
Parts = list[tuple[str, str]]


class Item(NamedTuple):
    """One item of a list: `tag` is gone, new or changed."""

    tag: str
    parts: Parts


@dataclass(slots=True)
class FieldChange:
    """One field. `before` and `after` are short values, `parts` a text, `items` a list."""

    label: str
    before: str = ""
    after: str = ""
    parts: Parts = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    same: int = 0  # items of the list that stayed
    form: str = "value"


@dataclass(slots=True)
class EntityChange:
    """One entity with all that happened to it; `verb` is added, removed, moved or changed."""

    id: str
    kind: str
    title: str
    verb: str = "changed"
    path: str = ""  # of its page, while it is in the plan
    place: str = ""
    fields: list[FieldChange] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    more_below: int = 0


@dataclass(slots=True)
class Differences:
    """Everything between two revisions. `left` counts the entities that are not drawn."""

    entities: list[EntityChange] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    left: int = 0

    def __bool__(self) -> bool:
        return bool(self.entities)


def differences(comparison: Comparison) -> Differences:
    """The operations of a comparison, gathered by entity, in the order of the plan."""
    before, after = index(comparison.before), index(comparison.after)
    gathered: dict[str, list[Operation]] = {}
    for operation in comparison.operations:
        entity_id = operation["value"]["id"] if operation["op"] == "add" else operation["id"]
        gathered.setdefault(entity_id, []).append(operation)
    order = {entity_id: place for place, entity_id in enumerate(after)}
    ids = sorted(gathered, key=lambda name: order.get(name, -1))
    found = Differences()
    for entity_id in ids:
        verb = _verb(gathered[entity_id])
        found.counts[verb] = found.counts.get(verb, 0) + 1
        if len(found.entities) < MAX_ENTITIES:
            change = _change(entity_id, verb, gathered[entity_id], comparison, before, after)
            found.entities.append(change)
        else:
            found.left += 1
    return found


def _verb(operations: Sequence[Operation]) -> str:
    verbs = {operation["op"] for operation in operations}
    if {"add", "remove"} <= verbs:
        return "changed"
    for name, verb in (("add", "added"), ("remove", "removed"), ("move", "moved")):
        if name in verbs:
            return verb
    return "changed"


def _change(
    entity_id: str,
    verb: str,
    operations: Sequence[Operation],
    comparison: Comparison,
    before: dict[str, Entity],
    after: dict[str, Entity],
) -> EntityChange:
    entity = after.get(entity_id) or before.get(entity_id)
    if entity is None:
        return EntityChange(
            "", "plan", "The plan itself", fields=_fields(operations, comparison.before)
        )
    change = EntityChange(
        entity_id, entity.kind, str(entity.value.get("title", "")), verb,
        quote(entity_id, safe="") if entity_id in after else "",
    )  # fmt: skip
    if verb in ("added", "removed"):
        above = entity.above
        if above is not None and above.id:
            change.place = f"{'in' if verb == 'added' else 'from'} {above.id} “{_title(above)}”"
        change.below, change.more_below = _below(entity.value, entity.kind)
    for operation in operations:
        if operation["op"] == "move":
            words = describe(operation, comparison.before, entities=before)
            change.place = words.partition(" to ")[2] and f"to {words.partition(' to ')[2]}"
    value = before[entity_id].value if entity_id in before else {}
    change.fields = _fields(operations, value)
    return change


def _title(entity: Entity) -> str:
    return str(entity.value.get("title", ""))


def _below(value: Plan, kind: str) -> tuple[list[str], int]:
    """What an added or removed entity holds: its criteria, or the titles below it."""
    name = CHILDREN.get(kind, "criteria")
    members = value.get(name)
    members = members if isinstance(members, list) else []
    words = [
        f"{member.get('id')} {member.get('title', '')}" if isinstance(member, dict) else str(member)
        for member in members
    ]
    return words[:MAX_BELOW], max(0, len(words) - MAX_BELOW)


def _fields(operations: Iterable[Operation], value: Plan) -> list[FieldChange]:
    return [
        compare_values(
            operation["field"],
            value.get(operation["field"], ABSENT),
            operation.get("value", ABSENT),
        )
        for operation in operations
        if operation["op"] in ("set", "unset")
    ]


def compare_values(name: str, before: Any, after: Any) -> FieldChange:
    """One field before and after, in the form that shows best what differs."""
    known = KNOWN.get(name)
    label = known.label if known else {"title": "Title", "status": "Status"}.get(name, name)
    if _is_list(before) and _is_list(after) and (_texts(before) or _texts(after)):
        items, same = compare_lists(_texts(before), _texts(after))
        return FieldChange(label, items=items, same=same, form="list")
    old, new = shown(name, before), shown(name, after)
    if "\n" not in old + new and all(
        len(text) <= _SHORT and len(text.split()) <= _FEW for text in (old, new)
    ):
        return FieldChange(label, before=old, after=new)
    return FieldChange(label, parts=compare_words(old, new), form="text")


def _is_list(value: Any) -> bool:
    return value is ABSENT or isinstance(value, list)


def _texts(value: Any) -> list[str]:
    return [link_text(item) for item in value] if isinstance(value, list) else []


def shown(name: str, value: Any) -> str:
    """A value as a person reads it; "" for none."""
    if value is ABSENT or value is None:
        return ""
    if isinstance(value, str):
        return STATUS_WORDS.get(value, value) if name == "status" else value
    return json.dumps(
        value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) else None
    )


def compare_words(old: str, new: str) -> Parts:
    """Both texts in one, word by word: (same, …), (gone, …), (new, …)."""
    left, right = _words(old), _words(new)
    if len(left) + len(right) > _MAX_WORDS or not left or not right:
        return [(tag, text) for tag, text in ((GONE, old), (NEW, new)) if text]
    parts: Parts = []
    for tag, i, j, k, m in SequenceMatcher(str.isspace, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append((SAME, "".join(left[i:j])))
            continue
        parts += [(GONE, "".join(left[i:j]))] if j > i else []
        parts += [(NEW, "".join(right[k:m]))] if m > k else []
    return parts


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def compare_lists(old: Sequence[str], new: Sequence[str]) -> tuple[list[Item], int]:
    """The items that came, went or changed, and how many stayed."""
    items: list[Item] = []
    same = 0
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            same += j - i
            continue
        pairs = min(j - i, m - k)
        for left, right in zip(old[i : i + pairs], new[k : k + pairs], strict=True):
            items.append(Item("changed", compare_words(left, right)))
        items += [Item(GONE, [(GONE, text)]) for text in old[i + pairs : j]]
        items += [Item(NEW, [(NEW, text)]) for text in new[k + pairs : m]]
    return items, same


def brief(operations: Sequence[Operation]) -> str:
    """One line for a revision of few operations that has no message."""
    words = []
    for operation in operations:
        verb = operation["op"]
        if verb == "add":
            words.append(f"added {operation['value'].get('id')}")
        elif verb in ("remove", "move"):
            words.append(f"{'removed' if verb == 'remove' else 'moved'} {operation['id']}")
        else:
            known = KNOWN.get(operation["field"])
            label = (known.label if known else operation["field"]).lower()
            value = shown(operation["field"], operation.get("value", ABSENT))
            short = f" → {value}" if 0 < len(value) <= 40 and "\n" not in value else ""
            words.append(f"{label} of {operation['id'] or 'the plan'}{short}")
    text = ", ".join(words)
    return text[:1].upper() + text[1:]
