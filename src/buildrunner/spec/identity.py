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
    from collections.abc import Iterator, Mapping
    from typing import Any

# What two unrelated entities easily share says little about identity.
_COMMONPLACE = frozenset(
    (
        "status",
        "priority",
        "risk_level",
        "effort_points",
        "impact_score",
        "owner",
        "phase",
        "depends_on",
    )
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


def align(
    base: Tree, ours: Tree, theirs: Tree, lineage: Mapping[str, str] | None
) -> tuple[Version, Version, Version]:
    """The three plans under common keys. Additions that are equal on both sides share one.

    `lineage`: id in the base → id in `theirs`, for entities known to have been there all along.
    """
    left, right = _match(base, ours, None), _match(base, theirs, lineage)
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


def _match(base: Tree, side: Tree, lineage: Mapping[str, str] | None) -> dict[str, str]:
    """Id on the side → id in the base, level by level."""
    matched: dict[str, str] = {ROOT: ROOT}
    now: dict[str, str] = {ROOT: ROOT}
    for origin, name in (lineage or {}).items():
        old, there = base.nodes.get(origin), side.nodes.get(name)
        if old is not None and there is not None and old.kind == there.kind:
            matched[name], now[origin] = origin, name
    claims = _claims(base, side, matched, traced=lineage is not None)
    level: list[str] = []
    kind = ""
    for origin, old in base.nodes.items():
        if old.kind != kind:
            _assign(base, side, level, claims, matched, now)
            level, kind = [], old.kind
        if origin in now:
            continue
        there = side.nodes.get(origin)
        # An id alone says who it is, unless somebody else claims it, or its namespace may have
        # a new owner: the parent goes by another id now, or its id belongs to another.
        above = now.get(old.parent)
        taken_over = above != old.parent and (above is not None or old.parent in side.nodes)
        if origin in claims or taken_over or lineage is not None:
            level.append(origin)
        elif there is not None and there.kind == kind and origin not in matched:
            matched[origin] = now[origin] = origin
    _assign(base, side, level, claims, matched, now)
    return matched


def _claims(
    base: Tree, side: Tree, matched: dict[str, str], *, traced: bool
) -> dict[str, list[str]]:
    """Id in the base → other ids on the side that may name the same entity.

    Those that list it as a former id, unless they did so in the base already, and the former
    ids it has in the base itself: who brings back an old state brings back the old id.
    """
    claims: dict[str, list[str]] = {}

    def claim(origin: str, name: str) -> None:
        if base.nodes[origin].kind == side.nodes[name].kind and name not in matched:
            claims.setdefault(origin, []).append(name)

    for name, node in side.nodes.items():
        if "aliases" in node.value:
            before = set(aliases_of(base.nodes[name])) if name in base.nodes else set()
            for alias in aliases_of(node):
                if alias in base.nodes and alias not in before and alias != name:
                    claim(alias, name)
                    if name in base.nodes:
                        claims.setdefault(name, [])
    for origin, node in base.nodes.items():
        for alias in aliases_of(node) if "aliases" in node.value else ():
            if alias not in side.nodes or alias in matched:
                continue
            # Where both ids name something in both plans, they name the same as before.
            if traced or alias not in base.nodes or origin not in side.nodes:
                claim(origin, alias)
                if alias in base.nodes:
                    claims.setdefault(alias, [])
    return claims


def _assign(
    base: Tree,
    side: Tree,
    contested: list[str],
    claims: dict[str, list[str]],
    matched: dict[str, str],
    now: dict[str, str],
) -> None:
    """Give each contested entity its likeliest candidate; on equal terms the one with its id.

    A candidate that has nothing of its own in common is none: to take a stranger for the
    entity would put one side's edits on it unseen, while an entity that counts as removed is
    asked about as soon as anything was changed in it.
    """
    ranked: list[tuple[Any, str, str]] = []
    for origin in contested:
        there = side.nodes.get(origin)
        own = [origin] if there is not None and there.kind == base.nodes[origin].kind else []
        for name in (*own, *claims.get(origin, ())):
            score = _likeness(base, side, origin, name, matched)
            if score:
                rank = (-score, origin != name, natural(origin), natural(name))
                ranked.append((rank, origin, name))
    ranked.sort()
    for _, origin, name in ranked:
        if origin not in now and name not in matched:
            matched[name] = origin
            now[origin] = name


def _likeness(base: Tree, side: Tree, origin: str, name: str, matched: dict[str, str]) -> int:
    """How much speaks for one entity under two ids; 0 where nothing distinctive does."""
    old, new = base.nodes[origin], side.nodes[name]
    score = common = 0
    for field, value in old.fields():
        if field != "aliases" and field in new.value and same(value, new.value[field]):
            if field == "title":
                score += _TITLE
            elif field in _COMMONPLACE or not value or value is True:
                common += _COMMON
            else:
                score += _FIELD
    below = {_title(base, child) for child in old.children}
    also = {_title(side, child) for child in new.children}
    shared, together = len(below & also), len(below | also)
    if score or 2 * shared > together:  # a child or two may have moved from one to the other
        score += _BELOW * shared // (together or 1)
    if not score:
        return 0
    return score + common + (_ABOVE if matched.get(new.parent) == old.parent else 0)


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
