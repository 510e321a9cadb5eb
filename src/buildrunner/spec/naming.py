"""The ids after a merge: renames carried over, collisions of additions settled.

Of different additions under one id the one with the smaller content hash keeps it; the other
takes the next free id of its siblings, what was added below it follows, and every former id
goes to `aliases`. References are rewritten by what the side that wrote them meant.
"""

from __future__ import annotations

from buildrunner.spec.document import CHILD_KIND, content_hash
from buildrunner.spec.identity import Version, aliases_of
from buildrunner.spec.ids import IdSpace, belongs
from buildrunner.spec.placement import Placement
from buildrunner.spec.sequence import natural
from buildrunner.spec.tree import ROOT, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Naming:
    """`ids`: key → id in the merged plan; `keys` the other way round."""

    def __init__(self, placement: Placement, published: str | None) -> None:
        self.placement = placement
        self.published = {"ours": placement.ours, "theirs": placement.theirs}.get(published or "")
        self.base = placement.base
        self.sides = (placement.ours, placement.theirs)
        self.ids: dict[str, str] = {ROOT: ROOT}
        self.keys: dict[str, str] = {ROOT: ROOT}
        self._space: IdSpace | None = None
        # Ids that only a removed entity got since the base: others know it by them.
        self._spent = {
            node.id
            for side in self.sides
            for key, node in side.nodes.items()
            if key not in placement.parents and self._is_fresh(key, node)
        }
        added: dict[str, list[str]] = {kind: [] for kind in CHILD_KIND.values()}
        renamed: list[tuple[str, str]] = []
        for key in placement.parents:
            origin = self.base.nodes.get(key)
            if origin is None:
                added[self._nodes(key)[0].kind].append(key)
            elif (chosen := self._known(key, origin)) == origin.id:
                self._give(key, chosen)
            else:
                renamed.append((chosen, key))
        for chosen, key in sorted(renamed, key=lambda pair: (natural(pair[0]), pair[1])):
            self._claim(key, chosen)
        for keys in added.values():
            self._name_additions(keys)

    def _is_fresh(self, key: str, node: Node) -> bool:
        """Whether this id did not name this entity in the base."""
        return key not in self.base.nodes or self.base.nodes[key].id != node.id

    def _nodes(self, key: str) -> list[Node]:
        return [side.nodes[key] for side in self.sides if key in side.nodes]

    def _known(self, key: str, origin: Node) -> str:
        """The id of an entity of the base: as on the side that renamed it."""
        names = {node.id for node in self._nodes(key)} - {origin.id}
        return min(names, key=natural) if names else origin.id

    def _give(self, key: str, name: str) -> None:
        self.ids[key] = name
        self.keys[name] = key
        if self._space is not None:
            self._space.take(name)

    def _claim(self, key: str, name: str) -> None:
        """The id itself, or the next free one of its pattern."""
        if name in self.keys or name in self._spent:
            if self._space is None:
                used = set(self.keys)
                for version in (self.base, *self.sides):
                    used.update(version.tree.nodes, version.aliases())
                self._space = IdSpace(used)
            name = self._space.following(name)
        self._give(key, name)

    def _name_additions(self, keys: list[str]) -> None:
        wanted: dict[str, list[str]] = {}
        for key in keys:
            wanted.setdefault(self._desired(key), []).append(key)
        for name in sorted(wanted, key=natural):
            rivals = wanted[name]
            if len(rivals) > 1:
                rivals.sort(key=self._precedence)
            for key in rivals:
                self._claim(key, name)

    def _desired(self, key: str) -> str:
        """The id an addition came with, following its parent where that was renamed."""
        names = {self._followed(key, side) for side in self.sides if key in side.nodes}
        if len(names) > 1:
            # One addition under two ids: the one that knows the other as former is later.
            former = {alias for node in self._nodes(key) for alias in aliases_of(node)}
            names = (names - former) or names
        return min(names, key=natural)

    def _followed(self, key: str, side: Version) -> str:
        name = side.nodes[key].id
        above = side.nodes[side.parent(key)].id
        parent = self.placement.parents[key]
        if parent == side.parent(key) and self.ids[parent] != above and belongs(name, above):
            return self.ids[parent] + name[len(above) :]
        return name

    def _precedence(self, key: str) -> tuple[bool, str, Any]:
        node = self._nodes(key)[0]
        private = self.published is not None and key not in self.published.nodes
        return private, content_hash(node.value), natural(self.ids[self.placement.parents[key]])

    # -- what follows from the ids --

    def former(self, key: str) -> list[str]:
        """The ids this entity had in any version and has no more."""
        nodes = self._nodes(key)
        if key in self.base.nodes:
            nodes.append(self.base.nodes[key])
        names = {node.id for node in nodes} - {self.ids[key]}
        return sorted(names, key=natural)

    def renames(self) -> list[dict[str, str]]:
        """Every id that is another one now: of `side`, `from`, `to`, and the title."""
        found: list[dict[str, str]] = []
        for name, side in zip(("ours", "theirs"), self.sides, strict=True):
            for key, node in side.nodes.items():
                now = self.ids.get(key, node.id)
                if now != node.id:
                    title = self.placement.title(key)
                    found.append({"from": node.id, "to": now, "title": title, "side": name})
        return found

    def handed_on(self, side: Version) -> set[str]:
        """Ids of a side that name another entity now."""
        return {name for name, key in side.keys.items() if self.keys.get(name, key) != key}

    def rewrites(self) -> bool:
        """Whether any reference may mean something else than it says."""
        if self.placement.dropped:
            return True
        return any(
            side.nodes.keys() - self.base.nodes.keys()
            or any(self.ids.get(key, node.id) != node.id for key, node in side.nodes.items())
            for side in self.sides
        )

    def translated(self, references: list[Any], side: Version) -> list[Any]:
        """References as they must be written now to mean what they meant on their side."""
        written: list[Any] = []
        for reference in references:
            key = side.resolve(reference) if reference.__class__ is str else None
            if key is None or key not in self.ids:
                if key is None or key not in self.placement.dropped:
                    written.append(reference)
            elif reference not in side.keys and self._means(reference, key):
                written.append(reference)
            elif self.ids[key] not in written:
                written.append(self.ids[key])
        return written

    def _means(self, reference: str, key: str) -> bool:
        """Whether a former id, as it stands, will be read as this entity by everyone."""
        holder = self.keys.get(reference)
        if holder is not None:
            return holder == key
        return all(side.resolve(reference) in (key, None) for side in self.sides)
