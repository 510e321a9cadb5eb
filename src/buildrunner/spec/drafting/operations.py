"""From accepted items to operations on the plan as it is now, with the version raised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from buildrunner.spec.document import CHILDREN, walk
from buildrunner.spec.drafting.items import FORMAT, Standing
from buildrunner.spec.errors import SpecError
from buildrunner.spec.ids import IdSpace, pattern

EPOCH = "1970-01-01T00:00:00Z"
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.\d+")


def chosen(items: list[dict[str, Any]], wanted: Iterable[str] | None) -> list[dict[str, Any]]:
    """The items that are meant: None for all that are not optional.

    A named parent brings what lies below it but not what is optional there unless it is
    optional itself; a named child brings its parents. Raises SpecError `unknown_item`.
    """
    by_id = {item["id"]: item for item in items}
    if wanted is None:
        return [item for item in items if not item["optional"]]
    named = set(wanted)
    strange = sorted(named - set(by_id))
    if strange:
        raise SpecError(
            "unknown_item",
            f"the draft has no item {strange[0]!r}",
            hint="name ids of the draft, as it lists them",
        )
    taken: set[str] = set()
    for item in items:
        above = by_id.get(item["parent"])
        below = above is not None and above["id"] in named and item["optional"] == above["optional"]
        if item["id"] in named or below:
            named.add(item["id"])
            taken.add(item["id"])
    for item in reversed(items):
        if item["id"] in taken and item["parent"] in by_id:
            taken.add(item["parent"])
    return [item for item in items if item["id"] in taken]


def exactly(items: list[dict[str, Any]], wanted: Iterable[str]) -> list[dict[str, Any]]:
    """The items named and their parents, nothing else: what check boxes say."""
    by_id = {item["id"]: item for item in items}
    taken: set[str] = set()
    for identifier in wanted:
        if identifier not in by_id:
            raise SpecError(
                "unknown_item",
                f"the draft has no item {identifier!r}",
                hint="name ids of the draft, as it lists them",
            )
        while identifier in by_id and identifier not in taken:
            taken.add(identifier)
            identifier = by_id[identifier]["parent"]
    return [item for item in items if item["id"] in taken]


def raised(version: Any) -> str | None:
    """The next minor version: `1.4.2` → `1.5.0`; None where it is no semantic version."""
    match = _VERSION.match(version) if isinstance(version, str) else None
    return f"{match[1]}.{int(match[2]) + 1}.0" if match else None


def empty_plan(title: str, project_id: str, *, now: str = EPOCH) -> dict[str, Any]:
    """A plan without milestones, for drafts that begin one."""
    return {
        "projectId": project_id,
        "title": title,
        "version": "0.1.0",
        "updatedAt": now,
        "milestones": [],
    }


class Addition:
    """`operations` for the plan; `ids` of what is added; `skipped` is what is there by now."""

    __slots__ = ("ids", "operations", "skipped")

    def __init__(self) -> None:
        self.operations: list[dict[str, Any]] = []
        self.ids: dict[str, str] = {}
        self.skipped: list[str] = []


def addition(plan: dict[str, Any], items: list[dict[str, Any]], *, now: str) -> Addition:
    """Add chosen items to a plan that may have moved on since they were drafted.

    Ids taken meanwhile are replaced by free ones, items added meanwhile are skipped, a parent
    that is gone is refused (SpecError `parent_gone`). `now` becomes the plan's updatedAt.
    """
    return _Adding(plan, now).run(items)


class _Adding:
    def __init__(self, plan: dict[str, Any], now: str) -> None:
        self.plan = plan
        self.now = now
        self.standing = Standing(plan)
        self.space = IdSpace.of(plan)
        self.kinds = {entity.id: entity.kind for entity in walk(plan)}
        self.done = Addition()
        self.values: dict[str, dict[str, Any]] = {}
        self.last: dict[str, str | None] = {}

    def run(self, items: list[dict[str, Any]]) -> Addition:
        for item in items:
            found = self.standing.keys.get(item["key"]) if item["key"] else None
            if found is not None and self.kinds.get(found) == item["kind"]:
                self.done.ids[item["id"]] = found
                self.done.skipped.append(item["id"])
                continue
            self._add(item)
        for item in items:
            needs = [self.done.ids.get(need, need) for need in item["needs"]]
            known = [need for need in needs if need in self.kinds or need in self.values]
            value = self.values.get(self.done.ids[item["id"]])
            if value is not None and known and item["id"] not in self.done.skipped:
                self._need(value, known)
        if self.done.operations:
            self._raise()
        return self.done

    def _add(self, item: dict[str, Any]) -> None:
        parent = self.done.ids.get(item["parent"], item["parent"])
        fresh = parent in self.values
        if parent and not fresh and parent not in self.kinds:
            formerly = self.standing.former.get(parent)
            if formerly is None:
                raise SpecError(
                    "parent_gone",
                    f"“{item['title']}” belongs into {parent}, which is no longer in the plan",
                    hint="draft again: a draft is made against the plan as it is",
                )
            parent = formerly
        identifier = self._id(item, parent)
        value: dict[str, Any] = {"id": identifier, "title": item["title"], **item["fields"]}
        source = value.pop("source", None) or {"format": FORMAT, "key": item["key"]}
        if item["key"] or "format" in source:
            value["source"] = source
        children = CHILDREN.get(item["kind"])
        if children:
            value[children] = []
        self.done.ids[item["id"]] = identifier
        self.values[identifier] = value
        if fresh:
            above = self.values[parent]
            above[next(name for name in ("steps", "microsteps") if name in above)].append(value)
            return
        after = self.last.get(parent, "")
        if after == "":
            after = self._last_child(parent)
        self.done.operations.append({"op": "add", "parent": parent, "after": after, "value": value})
        self.last[parent] = identifier

    def _id(self, item: dict[str, Any], parent: str) -> str:
        identifier: str = item["id"]
        moved = parent != item["parent"]
        if identifier not in self.space.taken and not moved:
            self.space.take(identifier)
            return identifier
        if parent in self.values:
            tail = {"step": ".s", "microstep": ".ms"}[item["kind"]]
            return self.space.next(parent + tail)
        return self.space.next(pattern(self.plan, parent, item["kind"]))

    def _last_child(self, parent: str) -> str | None:
        found = None
        for entity in walk(self.plan):
            if entity.parent == parent:
                found = entity.id
        return found

    def _need(self, value: dict[str, Any], needs: list[str]) -> None:
        children = next((name for name in ("steps", "microsteps") if name in value), None)
        below = value.pop(children) if children else None
        source = value.pop("source", None)
        value["depends_on"] = needs
        if source is not None:
            value["source"] = source
        if children:
            value[children] = below

    def _raise(self) -> None:
        version = raised(self.plan.get("version")) if self.plan.get("milestones") else None
        if version:
            self.done.operations.append(
                {"op": "set", "id": "", "field": "version", "value": version}
            )
        self.done.operations.append(
            {"op": "set", "id": "", "field": "updatedAt", "value": self.now}
        )


__all__ = ["Addition", "addition", "chosen", "empty_plan", "exactly", "raised"]
