"""Which entity of one version is which of another: by id, through aliases where it was renamed.

Every entity of a merge gets one key for all three versions: its id in the base, else a made
one. A side that renamed the base's X to Y shows it by an entity Y that the base does not know
and whose `aliases` hold X. It may show another entity under X at the same time (two clones had
both added an X, and one of them had to give way), so the candidates are weighed by likeness.
"""

from __future__ import annotations

from buildrunner.spec.sequence import natural
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.values import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# What two unrelated entities easily share says little about identity.
_COMMONPLACE = frozenset(
    ("status", "priority", "risk_level", "effort_points", "impact_score", "owner", "phase")
)
_TITLE, _FIELD, _COMMON, _ABOVE, _BELOW = 12, 4, 1, 8, 12


class Version:
    """One of the three plans, addressed by key."""

    __slots__ = ("_aliases", "keys", "nodes", "tree")

    def __init__(self, tree: Tree, keys: dict[str, str]) -> None:
        self.tree = tree
        self.keys = keys
        self.nodes: dict[str, Node] = {keys[name]: node for name, node in tree.nodes.items()}
        self._aliases: dict[str, str] | None = None

    def parent(self, key: str) -> str:
        return self.keys[self.nodes[key].parent]

    def children(self, key: str) -> list[str]:
        node = self.nodes.get(key)
        return [self.keys[child] for child in node.children] if node is not None else []

    def aliases(self) -> dict[str, str]:
        """Former id → key; of several holders the first in the document."""
        if self._aliases is None:
            self._aliases = {}
            for node in self.tree.subtree(ROOT):
                for alias in aliases_of(node):
                    self._aliases.setdefault(alias, self.keys[node.id])
        return self._aliases

    def resolve(self, reference: str) -> str | None:
        """The key of the entity an id or a former id names."""
        key = self.keys.get(reference)
        return key if key is not None else self.aliases().get(reference)


def aliases_of(node: Node) -> Iterator[str]:
    aliases = node.value.get("aliases")
    if aliases.__class__ is list:
        for alias in aliases:
            if alias.__class__ is str:
                yield alias


def align(base: Tree, ours: Tree, theirs: Tree) -> tuple[Version, Version, Version]:
    """The three plans under common keys. Additions that are equal on both sides share one."""
    left, right = _match(base, ours), _match(base, theirs)
    mark = "\0"
    while any(name.startswith(mark) for name in base.nodes):
        mark += "\0"
    twins = _Twins(ours, theirs, left)
    for name, node in theirs.nodes.items():
        if name not in right:
            twin = twins.find(name, right[node.parent])
            if twin is not None:
                left[twin] = right[name] = f"{mark}b{name}"
            else:
                right[name] = f"{mark}t{name}"
    for name in ours.nodes:
        if name not in left:
            left[name] = f"{mark}o{name}"
    return (
        Version(base, {name: name for name in base.nodes}),
        Version(ours, left),
        Version(theirs, right),
    )


def _match(base: Tree, side: Tree) -> dict[str, str]:
    """Id on the side → id in the base."""
    matched: dict[str, str] = {}
    claims: dict[str, list[str]] = {}
    known = base.nodes
    for name, node in side.nodes.items():
        origin = known.get(name)
        if origin is not None and origin.kind == node.kind:
            matched[name] = name
        if origin is None and "aliases" in node.value:
            for alias in aliases_of(node):
                if alias in known and known[alias].kind == node.kind:
                    claims.setdefault(alias, []).append(name)
    # The base knows its entities level by level, so parents are matched before children.
    pairs: dict[str, list[tuple[int, str, str]]] = {}
    for origin_id in known:
        if origin_id in claims:
            pairs.setdefault(known[origin_id].kind, []).extend(
                (0, origin_id, name)
                for name in [*claims[origin_id], *([origin_id] if origin_id in matched else [])]
            )
    for level in pairs.values():
        _assign(base, side, [(o, n) for _, o, n in level], matched)
    return matched


def _assign(base: Tree, side: Tree, pairs: list[tuple[str, str]], matched: dict[str, str]) -> None:
    """Give each base entity its likeliest candidate; on equal terms the one that kept the id."""

    def rank(pair: tuple[str, str]) -> Any:
        origin, name = pair
        score = _likeness(base, side, origin, name, matched)
        return (-score, origin != name, natural(origin), natural(name))

    ranked = sorted(pairs, key=rank)
    for origin, _ in pairs:
        matched.pop(origin, None)
    taken: set[str] = set()
    for origin, name in ranked:
        if origin not in taken and name not in matched:
            taken.add(origin)
            matched[name] = origin


def _likeness(base: Tree, side: Tree, origin: str, name: str, matched: dict[str, str]) -> int:
    """How much speaks for one entity under two ids."""
    old, new = base.nodes[origin], side.nodes[name]
    score = _ABOVE if matched.get(new.parent) == old.parent and old.parent != ROOT else 0
    for field, value in old.fields():
        if field != "aliases" and field in new.value and same(value, new.value[field]):
            common = field in _COMMONPLACE
            score += _TITLE if field == "title" else _COMMON if common else _FIELD
    below = {_title(base, child) for child in old.children}
    also = {_title(side, child) for child in new.children}
    if below or also:
        score += _BELOW * len(below & also) // len(below | also)
    return score


def _title(tree: Tree, identifier: str) -> str:
    return str(tree.nodes[identifier].value.get("title"))


class _Twins:
    """Additions of ours by the ids they have and had."""

    def __init__(self, ours: Tree, theirs: Tree, left: dict[str, str]) -> None:
        self.ours = ours
        self.theirs = theirs
        self.left = left
        self.former: dict[str, list[str]] = {}
        for name, node in ours.nodes.items():
            if name not in left and "aliases" in node.value:
                for alias in aliases_of(node):
                    self.former.setdefault(alias, []).append(name)

    def find(self, name: str, above: str) -> str | None:
        """The addition of ours that is theirs' `name`: same place, same content.

        Under the same id, or under a former id of either: a clone that never heard the answer
        to its push meets its own addition again, renamed.
        """
        node = self.theirs.nodes[name]
        for candidate in (name, *aliases_of(node), *self.former.get(name, ())):
            other = self.ours.nodes.get(candidate)
            if other is None or candidate in self.left or self.left.get(other.parent) != above:
                continue
            if other.kind == node.kind and self._equal(other, node):
                return other.id
        return None

    def _equal(self, left: Node, right: Node) -> bool:
        if left.id == right.id:
            return same(_without(left.value, ""), _without(right.value, ""))
        return same(_without(left.value, left.id), _without(right.value, right.id))


def _without(value: dict[str, Any], prefix: str) -> dict[str, Any]:
    """An entity without aliases; with a prefix also without ids, references below it relative."""
    plain: dict[str, Any] = {}
    for name, member in value.items():
        if name == "aliases" or (prefix and name == "id"):
            continue
        if name in ("steps", "microsteps") and member.__class__ is list:
            plain[name] = [_without(m, prefix) if m.__class__ is dict else m for m in member]
        elif prefix and name == "depends_on" and member.__class__ is list:
            plain[name] = [_relative(reference, prefix) for reference in member]
        else:
            plain[name] = member
    return plain


def _relative(reference: Any, prefix: str) -> Any:
    if isinstance(reference, str) and reference.startswith(prefix):
        return reference[len(prefix) :]
    return reference
