"""Three-way merge of plans by entity and field: nobody's edit is lost, nothing is guessed.

`merge(base, ours, theirs)` is deterministic, and symmetric where it is clean. What cannot
stand together comes back as conflicts (see `conflicts`), the document holding ours there; the
same call with `resolutions` gives the document as decided.
"""

from __future__ import annotations

from buildrunner.spec.conflicts import EVERYTHING, OURS, THEIRS, Conflict, Decisions
from buildrunner.spec.criteria import by_index, named, numbered
from buildrunner.spec.diff import diff
from buildrunner.spec.identity import Version, align
from buildrunner.spec.naming import Naming
from buildrunner.spec.placement import Placement
from buildrunner.spec.sequence import merge_order, natural
from buildrunner.spec.threeway import PEACEFUL, merge_fields, merge_peaceful
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.untangle import untangle
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from buildrunner.spec.conflicts import Resolutions
    from buildrunner.spec.operations import Operation

__all__ = ["ABSENT", "EVERYTHING", "OURS", "THEIRS", "Conflict", "MergeResult", "merge"]


class MergeResult:
    """`document`, `conflicts`, and `renames` as {"from", "to", "title", "side"}."""

    __slots__ = ("_sides", "conflicts", "document", "renames")

    def __init__(self, document: dict[str, Any], decisions: Decisions, naming: Naming) -> None:
        self.document = document
        self.conflicts = decisions.conflicts
        self.renames = naming.renames()
        self._sides = {
            name: (side.tree, naming.handed_on(side))
            for name, side in zip(("ours", "theirs"), naming.sides, strict=True)
        }

    def operations(self, side: str) -> list[Operation]:
        """The operations from a side, "ours" or "theirs", to the document.

        As `diff` gives them, but an id that passed to another entity is removed and added:
        only so can `lineage.trace` follow who is who.
        """
        tree, afresh = self._sides[side]
        return diff(tree.render(), self.document, afresh=afresh)

    @property
    def clean(self) -> bool:
        return not self.conflicts


def merge(
    base: dict[str, Any],
    ours: dict[str, Any],
    theirs: dict[str, Any],
    resolutions: Resolutions | None = None,
    *,
    lineage: Mapping[str, str] | None = None,
    published: str | None = None,
) -> MergeResult:
    """What both sides made of `base`, in one document; the inputs stay as they are.

    `lineage` (see `lineage.trace`) says for certain which entity of `theirs` is which of
    `base`; who keeps revisions passes it. Without it renamed entities are recognized by their
    aliases and their likeness, which is right unless an id changed hands several times.

    `published` ("ours" or "theirs") is a side whose ids others have seen already, where the
    other's were not: of different additions under one id its own keeps the id, whatever the
    hashes. For a clone that takes in the server's answer while its edits go on.

    Raises SpecError `plan_malformed` where a plan's entities have no ids of their own.
    """
    return _Merge(base, ours, theirs, Decisions(resolutions), lineage, published).result()


class _Merge:
    def __init__(
        self,
        base: dict[str, Any],
        ours: dict[str, Any],
        theirs: dict[str, Any],
        decisions: Decisions,
        lineage: Mapping[str, str] | None,
        published: str | None,
    ) -> None:
        self.decisions = decisions
        trees = (Tree(base), Tree(ours), Tree(theirs))
        self.base, self.ours, self.theirs = align(*trees, lineage)
        self.placement = Placement(self.base, self.ours, self.theirs, decisions)
        self.naming = Naming(self.placement, published)
        self.rewrites = self.naming.rewrites()
        self.contents = {key: self._content(key) for key in self.naming.ids}

    def result(self) -> MergeResult:
        document = untangle(
            self._document(), self.placement, self.naming, self.contents, self._document
        )
        return MergeResult(document, self.decisions, self.naming)

    # -- fields --

    def _content(self, key: str) -> dict[str, Any]:
        """The merged entity without its children."""
        base, ours, theirs = (v.nodes.get(key) for v in (self.base, self.ours, self.theirs))
        name = self.naming.ids[key]
        if ours is None or theirs is None:
            node = self._node(key)
            fields = self._fields(node, self.ours if ours is not None else self.theirs)
            if key in self.placement.fields:
                given = self.placement.fields[key].items()
                fields = {k: v for k, v in given if k not in ("id", node.list_field)}
        else:
            quick = self._unchanged(base, ours, theirs, name)
            if quick is not None:
                return quick
            fields = self._merged(key, base, ours, theirs)
        return self._named(key, name, fields)

    def _unchanged(
        self, base: Node | None, ours: Node, theirs: Node, name: str
    ) -> dict[str, Any] | None:
        """A microstep's own dict where one side left it alone and nothing was renamed."""
        if base is None or ours.list_field is not None or ours.kind == "root":
            return None
        if not ours.id == theirs.id == name:
            return None
        chosen = None
        if same(theirs.value, base.value):
            chosen = ours.value
        elif same(ours.value, base.value):
            chosen = theirs.value
        if chosen is None or not self.rewrites:
            return chosen
        versions = ((self.base, base), (self.ours, ours), (self.theirs, theirs))
        return chosen if all(self._reads_alike(*pair) for pair in versions) else None

    def _reads_alike(self, version: Version, node: Node) -> bool:
        """Whether an entity's references may stay as they are written."""
        needs = node.value.get("depends_on")
        return needs.__class__ is not list or self.naming.translated(needs, version) == needs

    def _merged(self, key: str, base: Node | None, ours: Node, theirs: Node) -> dict[str, Any]:
        def judge(way: str, old: Any, left: Any, right: Any) -> Any:
            title = self.placement.title(key)
            conflict = Conflict(self.naming.ids[key], way, "field", (old, left, right), title)
            return self.decisions.answer(conflict, self.placement.names(key))

        origin = self._fields(base, self.base) if base is not None else {}
        left, right = self._fields(ours, self.ours), self._fields(theirs, self.theirs)
        if key != ROOT:
            if "checks" in left or "checks" in right:
                merged = merge_fields(named(origin), named(left), named(right), by_index(judge))
                return numbered(merged)
            return merge_fields(origin, left, right, judge)
        peaceful: dict[str, Any] = {}
        for name in PEACEFUL:
            values = [fields.pop(name, ABSENT) for fields in (origin, left, right)]
            peaceful[name] = merge_peaceful(name, *values)
        merged = merge_fields(origin, left, right, judge)
        merged.update({name: value for name, value in peaceful.items() if value is not ABSENT})
        order = [*ours.value, *theirs.value]
        return {name: merged[name] for name in dict.fromkeys([*order, *merged]) if name in merged}

    def _fields(self, node: Node, version: Version) -> dict[str, Any]:
        """A node's fields, its references written as they must be written now."""
        fields = dict(node.fields())
        needs = fields.get("depends_on")
        if self.rewrites and needs.__class__ is list:
            fields["depends_on"] = self.naming.translated(needs, version)
            if not fields["depends_on"] and needs:
                del fields["depends_on"]
        return fields

    def _named(self, key: str, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The entity under its id, former ids among its aliases."""
        if key == ROOT:
            return fields
        former = self.naming.former(key)
        if former:
            known = fields.get("aliases")
            known = known if known.__class__ is list else []
            fresh = [alias for alias in former if alias not in known]
            fields["aliases"] = [*known, *fresh]
        return {"id": name, **fields}

    # -- structure --

    def _document(self) -> dict[str, Any]:
        below: dict[str, list[str]] = {}
        for key, parent in self.placement.parents.items():
            below.setdefault(parent, []).append(key)

        def build(key: str) -> dict[str, Any]:
            node = self._node(key)
            value = self.contents[key]
            if node.list_field is None:
                return self._shared(key, value)
            children = [build(child) for child in self._order(key, below.get(key, []))]
            if children or self._listed(key):
                value = _with_children(value, node, children)
            return self._shared(key, value)

        return build(ROOT)

    def _node(self, key: str) -> Node:
        return self.ours.nodes[key] if key in self.ours.nodes else self.theirs.nodes[key]

    def _shared(self, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Our own dict where the merge gave the very same content."""
        node = self.ours.nodes.get(key)
        if node is None or node.value is value or len(node.value) != len(value):
            return node.value if node is not None and node.value is value else value
        for name, member in value.items():
            old = node.value.get(name, ABSENT)
            if old is not member and not same(old, member):
                return value
        return node.value

    def _listed(self, key: str) -> bool:
        flags = [
            v.nodes[key].listed if key in v.nodes else None
            for v in (self.base, self.ours, self.theirs)
        ]
        base, ours, theirs = flags
        if ours is None or theirs is None:
            return bool(ours or theirs)
        return ours if theirs == base else theirs if ours == base else ours or theirs

    def _order(self, key: str, members: list[str]) -> list[str]:
        if len(members) < 2:
            return members
        asked = {k for k in members if k in self.placement.after}
        order = merge_order(
            self.base.children(key),
            self.ours.children(key),
            self.theirs.children(key),
            [member for member in members if member not in asked],
            lambda member: natural(self.naming.ids[member]),
        )
        for member in sorted(asked, key=lambda k: natural(self.naming.ids[k])):
            after = self.placement.after[member]
            order.insert(order.index(after) + 1 if after in order else 0, member)
        return order


def _with_children(value: dict[str, Any], node: Node, children: list[Any]) -> dict[str, Any]:
    """The entity with its children where the original has them."""
    field = str(node.list_field)
    if field not in node.value:
        return {**value, field: children}
    placed: dict[str, Any] = {}
    names = list(node.value)
    later = set(names[names.index(field) + 1 :])
    for name, member in value.items():
        if field not in placed and name in later:
            placed[field] = children
        placed[name] = member
    placed.setdefault(field, children)
    return placed
