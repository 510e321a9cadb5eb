"""Which entities stay after a merge, and where they stand.

An entity that one side removed is gone, unless the other side changed it, or anything below
it that went with it, or made something depend on it: that is a conflict about the topmost
entity removed.
"""

from __future__ import annotations

from buildrunner.spec.conflicts import ENTITY, POSITION, Conflict, Decisions
from buildrunner.spec.document import CHILD_KIND
from buildrunner.spec.identity import Version
from buildrunner.spec.tree import ROOT, Node
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Removal:
    """One side took out `root` with `members`; `keeper` still has them."""

    __slots__ = ("decided", "keeper", "members", "remover", "root")

    def __init__(self, root: str, members: list[str], keeper: Version, remover: Version) -> None:
        self.root = root
        self.members = members
        self.keeper = keeper
        self.remover = remover
        self.decided = False


class Placement:
    """`alive` keys, their `parents`, and what decisions said about them on the way.

    `after` holds the sibling a decision asked for, `fields` the fields of a kept entity that a
    decision gave, `dropped` the keys whose removal was decided although something refers to
    them.
    """

    def __init__(self, base: Version, ours: Version, theirs: Version, decisions: Decisions) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.decisions = decisions
        self.alive: set[str] = set(ours.nodes) | set(theirs.nodes)
        self.parents: dict[str, str] = {}
        self.after: dict[str, str | None] = {}
        self.fields: dict[str, dict[str, Any]] = {}
        self.dropped: set[str] = set()
        # Undecided removals stay until everything that hangs on them is known to be in question.
        self.postponed: list[Removal] = []
        removals = [*self._removals(ours, theirs), *self._removals(theirs, ours)]
        for removal in removals:
            self._settle(removal)
        self._keep_what_is_needed(removals)
        for removal in self.postponed:
            self._drop(removal)
        self._choose_parents()

    def names(self, key: str) -> list[str]:
        """The ids of an entity in the three versions."""
        nodes = (version.nodes.get(key) for version in (self.ours, self.theirs, self.base))
        return [node.id for node in nodes if node is not None]

    def title(self, key: str) -> str:
        for version in (self.ours, self.theirs, self.base):
            node = version.nodes.get(key)
            if node is not None and "title" in node.value:
                return str(node.value["title"])
        return ""

    # -- which entities stay --

    def _removals(self, keeper: Version, remover: Version) -> list[Removal]:
        gone = {k for k in keeper.nodes if k in self.base.nodes and k not in remover.nodes}
        removals: list[Removal] = []
        for root in keeper.nodes:
            if root in gone and keeper.parent(root) not in gone:
                members = [root]
                for key in members:  # grows while it is walked
                    members.extend(c for c in keeper.children(key) if c not in remover.nodes)
                removals.append(Removal(root, members, keeper, remover))
        return removals

    def _settle(self, removal: Removal) -> None:
        if any(self._changed(key, removal) for key in removal.members):
            self._decide(removal, "entity", [])
        else:
            self.alive.difference_update(removal.members)

    def _changed(self, key: str, removal: Removal) -> bool:
        """Whether the keeper changed a member: itself, its place, or by a move into it."""
        base, keeper = self.base, removal.keeper
        if key not in base.nodes or keeper.parent(key) != base.parent(key):
            return True
        if _edited(base.nodes[key], keeper.nodes[key]):
            return True
        return any(
            child in base.nodes and base.parent(child) != key
            for child in keeper.children(key)
            if child in removal.remover.nodes
        )

    def _decide(self, removal: Removal, kind: str, referrers: list[str]) -> None:
        key, name = removal.root, removal.keeper.nodes[removal.root].id
        removal.decided = True
        values = [
            version.nodes[key].value if key in version.nodes else ABSENT
            for version in (self.base, self.ours, self.theirs)
        ]
        conflict = Conflict(name, ENTITY, kind, values, self.title(key))
        conflict.referrers = referrers
        verdict = self.decisions.answer(conflict, self.names(key))
        if verdict is ABSENT:
            if self.decisions.open(conflict):
                self.postponed.append(removal)
            else:
                self._drop(removal)
                return
        self.alive.update(removal.members)
        if verdict.__class__ is dict and verdict is not removal.keeper.nodes[key].value:
            self.fields[key] = verdict

    def _drop(self, removal: Removal) -> None:
        self.alive.difference_update(removal.members)
        self.dropped.update(removal.members)

    def _keep_what_is_needed(self, removals: list[Removal]) -> None:
        """New dependencies on what the other side removed reopen the removal."""
        member_of = {
            key: removal for removal in removals for key in removal.members if key not in self.alive
        }
        while member_of:
            needed: dict[str, tuple[Removal, list[str]]] = {}
            for side in (self.ours, self.theirs):
                for key, node in side.nodes.items():
                    if key not in self.alive or "depends_on" not in node.value:
                        continue
                    for target in self._new_needs(key, node, side, member_of):
                        removal = member_of[target]
                        if not removal.decided:
                            needed.setdefault(removal.root, (removal, []))[1].append(node.id)
            if not needed:
                return
            for removal, referrers in needed.values():
                self._decide(removal, "reference", referrers)

    def _new_needs(
        self, key: str, node: Node, side: Version, member_of: dict[str, Removal]
    ) -> list[str]:
        """Removed keys this entity depends on, where that is not the remover's own doing."""
        found: list[str] = []
        for reference in references(node):
            target = side.resolve(reference)
            removal = member_of.get(target) if target is not None else None
            if target is None or removal is None or removal.keeper is not side:
                continue
            there = removal.remover.nodes.get(key)
            if there is not None:
                origin = self.base.nodes.get(key)
                if reference in references(there):
                    continue
                if origin is not None and reference in references(origin):
                    continue
            found.append(target)
        return found

    # -- where they stand --

    def _choose_parents(self) -> None:
        by_kind: dict[str, list[str]] = {kind: [] for kind in CHILD_KIND.values()}
        for version in (self.ours, self.theirs):
            for key, node in version.nodes.items():
                if key != ROOT and key in self.alive:
                    by_kind[node.kind].append(key)
        for keys in by_kind.values():
            for key in keys:
                if key not in self.parents:
                    self.parents[key] = self._parent(key)

    def _parent(self, key: str) -> str:
        left, right = self.ours.nodes.get(key), self.theirs.nodes.get(key)
        if left is not None and right is not None and left.parent == right.parent:
            parent = self.ours.keys[left.parent]
            if parent == self.theirs.keys[right.parent] and parent in self.alive:
                return parent
        above = [
            version.parent(key) if key in version.nodes else None
            for version in (self.base, self.ours, self.theirs)
        ]
        base, ours, theirs = above
        if ours is None or theirs is None or ours == theirs or theirs == base:
            chosen = ours if ours is not None else theirs
        elif ours == base:
            chosen = theirs
        else:
            chosen = self._contested(key)
        for candidate in (chosen, ours, theirs, base):
            if candidate is not None and candidate in self.alive:
                return candidate
        return self._revive(key)

    def _contested(self, key: str) -> str | None:
        conflict = self.position_conflict(key, "position")
        verdict = self.decisions.answer(conflict, self.names(key))
        parent = self.accept_position(key, verdict)
        if parent is None:
            self.decisions.conflicts.append(conflict)
            parent = self.ours.parent(key)
        return parent

    def position_conflict(self, key: str, kind: str) -> Conflict:
        places = [_place(version, key) for version in (self.base, self.ours, self.theirs)]
        return Conflict(self.names(key)[0], POSITION, kind, places, self.title(key))

    def accept_position(self, key: str, verdict: Any) -> str | None:
        """The parent a position names, None where there is no such place; notes the sibling."""
        if verdict.__class__ is not dict:
            return None
        name, after = verdict.get("parent"), verdict.get("after")
        for version in (self.ours, self.theirs):
            parent = version.keys.get(name) if name.__class__ is str else None
            if parent is None or parent not in self.alive:
                continue
            own = self.ours.nodes.get(key) or self.theirs.nodes[key]
            if CHILD_KIND.get(version.nodes[parent].kind) == own.kind:
                if verdict not in (_place(self.ours, key), _place(self.theirs, key)):
                    self.after[key] = version.keys.get(after) if after.__class__ is str else None
                return parent
        return None

    def _revive(self, key: str) -> str:
        """Both places of an entity were removed: keep one of them and ask, rather than lose it."""
        conflict = self.position_conflict(key, "position")
        verdict = self.decisions.answer(conflict, self.names(key))
        parent = self.accept_position(key, verdict)
        if parent is not None:
            return parent
        if verdict is not conflict.ours and verdict is not conflict.theirs:
            self.decisions.conflicts.append(conflict)
        version = self.ours if key in self.ours.nodes else self.theirs
        if verdict is conflict.theirs and key in self.theirs.nodes:
            version = self.theirs
        parent = above = version.parent(key)
        while above not in self.alive:
            self.alive.add(above)
            self.dropped.discard(above)
            self.parents[above] = version.parent(above)
            above = self.parents[above]
        return parent


def references(node: Node) -> list[str]:
    """The texts in `depends_on`."""
    found = node.value.get("depends_on")
    return [r for r in found if r.__class__ is str] if found.__class__ is list else []


def _edited(old: Node, new: Node) -> bool:
    """Whether fields differ; a rename alone is no edit."""
    if old.value is new.value:
        return False
    left = {name: value for name, value in old.fields() if name != "aliases"}
    right = {name: value for name, value in new.fields() if name != "aliases"}
    return not same(left, right)


def _place(version: Version, key: str) -> Any:
    node = version.nodes.get(key)
    if node is None:
        return ABSENT
    siblings = version.tree.nodes[node.parent].children
    index = siblings.index(node.id)
    return {"parent": node.parent, "after": siblings[index - 1] if index else None}
