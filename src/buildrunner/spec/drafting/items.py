"""A proposal meets a plan: what is there already is left alone, the rest gets ids."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.document import walk
from buildrunner.spec.drafting.language import alike, normal, words
from buildrunner.spec.drafting.proposal import Node, Proposal, key_of
from buildrunner.spec.ids import STEMS, IdSpace, aliases, pattern

FORMAT = "draft"
ALIKE = 0.85
_COMMON = 400  # a word in more titles than this finds nothing


class Item:
    """One milestone, step or microstep that would be added.

    `parent` is the id of another item or of an entity of the plan, "" for the plan itself.
    """

    __slots__ = (
        "fields",
        "id",
        "key",
        "kind",
        "needs",
        "optional",
        "origin",
        "parent",
        "title",
        "why",
    )

    def __init__(self, kind: str, identifier: str, parent: str, title: str) -> None:
        self.kind = kind
        self.id = identifier
        self.parent = parent
        self.title = title
        self.key = ""
        self.fields: dict[str, Any] = {}
        self.needs: list[str] = []
        self.optional = False
        self.origin: dict[str, Any] = {}
        self.why = ""

    def as_dict(self) -> dict[str, Any]:
        """The item as JSON."""
        return {
            "id": self.id,
            "kind": self.kind,
            "parent": self.parent,
            "title": self.title,
            "key": self.key,
            "fields": self.fields,
            "needs": self.needs,
            "optional": self.optional,
            "source": self.origin,
            "why": self.why,
        }


class Standing:
    """The entities of a plan, found by key, by title and by likeness."""

    def __init__(self, plan: dict[str, Any] | None) -> None:
        self.keys: dict[str, str] = {}
        self.titles: dict[tuple[str, str, str], str] = {}
        self.microsteps: dict[str, str] = {}
        self.said: dict[str, frozenset[str]] = {}
        self.by_word: dict[str, list[str]] = {}
        self.former: dict[str, str] = {}
        for entity in walk(plan) if plan is not None else ():
            self._take(entity.kind, entity.id, entity.parent, entity.value)

    def _take(self, kind: str, identifier: str, parent: str, value: dict[str, Any]) -> None:
        source = value.get("source")
        if isinstance(source, dict) and source.get("format") == FORMAT:
            key = source.get("key")
            if isinstance(key, str):
                self.keys.setdefault(key, identifier)
        for alias in aliases(value):
            self.former.setdefault(alias, identifier)
        title = value.get("title")
        if not isinstance(title, str):
            return
        name = normal(title)
        self.titles.setdefault((kind, parent, name), identifier)
        if kind == "microstep":
            self.microsteps.setdefault(name, identifier)
            said = frozenset(words(title))
            self.said[identifier] = said
            for word in said:
                self.by_word.setdefault(word, []).append(identifier)

    def find(self, node: Node, key: str, parent: str | None) -> str | None:
        """The entity that a node is already; `parent` None where the parent is new."""
        found = self.keys.get(key)
        if found is not None:
            return found
        name = normal(node.title)
        if node.kind != "microstep":
            return self.titles.get((node.kind, parent, name)) if parent is not None else None
        return self.microsteps.get(name) or self._alike(node.title)

    def _alike(self, title: str) -> str | None:
        said = frozenset(words(title))
        if len(said) < 3:
            return None
        rows = [self.by_word.get(word, []) for word in said]
        candidates = {each for row in rows if len(row) <= _COMMON for each in row}
        best = max(candidates, key=lambda each: (alike(said, self.said[each]), each), default=None)
        return best if best is not None and alike(said, self.said[best]) >= ALIKE else None


class Landing:
    """`items` are new, in the order of the document; `known` are there already."""

    def __init__(self, proposal: Proposal, plan: dict[str, Any] | None) -> None:
        self.plan = plan if plan is not None else {"milestones": []}
        self.proposal = proposal
        self.standing = Standing(plan)
        self.space = IdSpace.of(self.plan)
        self.items: list[Item] = []
        self.known: list[dict[str, str]] = []
        self._ids: dict[int, str] = {}
        self._seen: dict[str, str] = {}
        self._stems: dict[tuple[str, str], str] = {}
        self._nodes: list[tuple[Item, Node]] = []
        for node in proposal.milestones:
            self._place(node, "", "", existing=True)
        for item, node in self._nodes:
            needs = [self._ids[id(need)] for need in node.needs if id(need) in self._ids]
            item.needs = [need for need in dict.fromkeys(needs) if need != item.id]

    def _place(self, node: Node, parent: str, above: str, *, existing: bool) -> None:
        key = key_of(node.kind, node.title, above)
        if key in self._seen:
            self._ids[id(node)] = self._seen[key]
            if node.kind == "microstep":
                self.proposal.leave(node.title, node.origin, "said twice")
            was_there = self._seen[key] in self.space.taken and existing
        else:
            found = self.standing.find(node, key, parent if existing else None)
            was_there = found is not None
            identifier = found if found is not None else self._new(node, parent, key, existing)
            self._ids[id(node)] = self._seen[key] = identifier
            if found is not None and node.kind == "microstep":
                self.known.append({"id": found, "title": node.title})
        for child in node.children:
            self._place(child, self._ids[id(node)], key, existing=was_there)

    def _new(self, node: Node, parent: str, key: str, existing: bool) -> str:
        identifier = self.space.next(self._stem(parent, node.kind, existing))
        item = Item(node.kind, identifier, parent, node.title)
        item.key = key
        item.fields = node.fields
        item.optional = node.optional
        item.origin = node.origin.as_dict()
        item.why = node.why
        self.items.append(item)
        self._nodes.append((item, node))
        return identifier

    def _stem(self, parent: str, kind: str, existing: bool) -> str:
        if existing:
            known = self._stems.get((parent, kind))
            if known is None:
                known = self._stems[parent, kind] = pattern(self.plan, parent, kind)
            return known
        tail = self._stems.get(("", f"new {kind}"))
        if tail is None:
            probe = "\x00"
            tail = pattern(self.plan, probe, kind)
            tail = tail[1:] if tail.startswith(probe) else f".{STEMS[kind]}"
            self._stems["", f"new {kind}"] = tail
        return parent + tail
