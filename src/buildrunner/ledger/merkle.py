"""The Merkle tree of RFC 9162 (section 2.1) over record hashes: roots and proofs.

A leaf is `SHA-256(0x00 ‖ record hash)`, an inner node `SHA-256(0x01 ‖ left ‖ right)`. A node is
named by its level and its index there: it covers the leaves `index * 2**level` to
`(index + 1) * 2**level - 1`, counted from 0. Record number `seq` is leaf `seq - 1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
# The hash of a complete subtree: (level, index) → 32 bytes.
Node = Callable[[int, int], bytes]


def leaf_hash(record_hash: bytes) -> bytes:
    """The leaf of a record."""
    return sha256(b"\x00" + record_hash).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two others."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree of which only its right edge is kept: the roots of its complete subtrees, the largest
    first. Grows by leaves in order; `nodes` and `size` are all that is needed to go on later."""

    __slots__ = ("_nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if len(nodes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")
        self.size = size
        self._nodes = list(nodes)

    @property
    def nodes(self) -> list[bytes]:
        """The roots of the complete subtrees, the largest first."""
        return list(self._nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        self.append_subtree(0, leaf)

    def append_subtree(self, level: int, node: bytes) -> None:
        """Add a complete subtree of `2**level` leaves; the size must be a multiple of that."""
        if self.size & ((1 << level) - 1):
            raise ValueError(f"a subtree of level {level} cannot follow {self.size} leaves")
        rest = self.size >> level
        while rest & 1:
            node = sha256(b"\x01" + self._nodes.pop() + node).digest()
            rest >>= 1
        self._nodes.append(node)
        self.size += 1 << level

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves; pairs are hashed level by level, which is fastest."""
        start, end = 0, len(leaves)
        while start < end:
            level = _alignment(self.size, end - start)
            row = leaves[start : start + (1 << level)]
            start += 1 << level
            for _ in range(level):
                pairs = iter(row)
                row = [sha256(b"\x01" + a + b).digest() for a, b in zip(pairs, pairs, strict=True)]
            self.append_subtree(level, row[0])

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._nodes:
            return EMPTY
        found = self._nodes[-1]
        for node in self._nodes[-2::-1]:
            found = sha256(b"\x01" + node + found).digest()
        return found

    def copy(self) -> Frontier:
        """A tree that grows on its own."""
        return Frontier(self.size, self._nodes)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Frontier()
    tree.extend(leaves)
    return tree.root()


def ranges(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, as (level, index) from left to right, that make up the leaves `first`
    to `end - 1`; at most two for each level."""
    while first < end:
        level = _alignment(first, end - first)
        yield level, first >> level
        first += 1 << level


def _alignment(first: int, count: int) -> int:
    """The level of the largest complete subtree that begins at `first` within `count` leaves."""
    most = count.bit_length() - 1
    return most if first == 0 else min(most, (first & -first).bit_length() - 1)


def subtree(node: Node, first: int, end: int) -> bytes:
    """The root over the leaves `first` to `end - 1`, where `first` is where a subtree begins."""
    parts = [node(level, index) for level, index in ranges(first, end)]
    found = parts[-1]
    for part in parts[-2::-1]:
        found = node_hash(part, found)
    return found


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The path of leaf `index` in a tree of `size` leaves (RFC 9162, 2.1.3.1), O(log n) nodes."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    first, end, path = 0, size, list[bytes]()
    while end - first > 1:
        split = first + _split(end - first)
        if index < split:
            path.append(subtree(node, split, end))
            end = split
        else:
            path.append(subtree(node, first, split))
            first = split
    return path[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """That the tree of `old` leaves is the beginning of that of `new` (RFC 9162, 2.1.4.1)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with one of {old}")
    first, end, whole = 0, new, True
    path: list[bytes] = []
    if old in (0, new):
        return path
    while old != end:
        split = first + _split(end - first)
        if old <= split:
            path.append(subtree(node, split, end))
            end = split
        else:
            path.append(subtree(node, first, split))
            first, whole = split, False
    if not whole:
        path.append(subtree(node, first, end))
    return path[::-1]


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def verify_inclusion(
    record_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the proof leads from a record's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf_hash(record_hash)
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(part, found)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            found = node_hash(found, part)
        at >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether the proof shows that nothing of the older tree was changed (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not proof and old_root == EMPTY
    if old == new:
        return not proof and old_root == new_root
    parts = list(proof)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    before = after = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(part, before), node_hash(part, after)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            after = node_hash(after, part)
        at >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == new_root


def stored(fetch: Callable[[int, int, int], Sequence[bytes]], *, stride: int = 8) -> Node:
    """Nodes over a store that keeps every `stride`-th level only.

    `fetch(level, index, count)` answers `count` kept nodes of a level (0: leaves, then `stride`,
    `2 * stride`, …); those between are hashed from at most `2**stride - 1` of the level below.
    """

    def node(level: int, index: int) -> bytes:
        above = level % stride
        row = list(fetch(level - above, index << above, 1 << above))
        for _ in range(above):
            pairs = iter(row)
            row = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)]
        return row[0]

    return node


def pruned(node: Node, gone: int, held: Mapping[tuple[int, int], bytes]) -> Node:
    """Nodes over a store whose first `gone` leaves were removed; `held` are the nodes of
    `ranges(0, gone)`, or finer ones. Enough for the proof of every leaf that is left; raises
    `LookupError` for what went with the others."""

    def found(level: int, index: int) -> bytes:
        if index << level >= gone:
            return node(level, index)
        if (level, index) in held:
            return held[level, index]
        if level == 0:
            raise LookupError(f"record {index + 1} was removed, and there is no proof of it")
        return node_hash(found(level - 1, 2 * index), found(level - 1, 2 * index + 1))

    return found


def kept(leaves: Iterable[bytes]) -> Node:
    """Nodes over leaves in memory, for small trees."""
    held = list(leaves)
    return lambda level, index: root_of(held[index << level : (index + 1) << level])
