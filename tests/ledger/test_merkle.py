"""The tree against one that is built by the definition, leaf by leaf."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.ledger import merkle

HASHES = [sha256(str(number).encode()).digest() for number in range(200)]
LEAVES = [merkle.leaf_hash(one) for one in HASHES]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    n = len(leaves)
    if m == n:
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


sizes = st.integers(1, len(LEAVES))


@given(sizes, st.lists(st.integers(1, 60)))
def test_a_tree_grows_to_the_same_root_however_it_is_fed(size: int, steps: list[int]) -> None:
    tree, at = merkle.Frontier(), 0
    for step in [*steps, size]:
        tree.extend(LEAVES[at : min(at + step, size)])
        at = tree.size
        assert tree.root() == naive_root(LEAVES[:at])
        tree = merkle.Frontier(tree.size, tree.nodes)
    tree.extend(LEAVES[at:size])
    assert tree.root() == naive_root(LEAVES[:size]) == merkle.root_of(LEAVES[:size])


@given(st.data())
def test_inclusion(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(merkle.kept(LEAVES[:size]), index, size)
    assert proof == naive_path(index, LEAVES[:size])
    assert len(proof) <= (size - 1).bit_length()
    root = naive_root(LEAVES[:size])
    assert merkle.verify_inclusion(HASHES[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not merkle.verify_inclusion(HASHES[other], index, size, proof, root)
        assert not merkle.verify_inclusion(HASHES[index], other, size, proof, root)
    assert not merkle.verify_inclusion(HASHES[index], index, size, [*proof, root], root)
    if proof:
        assert not merkle.verify_inclusion(HASHES[index], index, size, proof[:-1], root)


@given(st.data())
def test_consistency(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(1, new))
    proof = merkle.consistency_proof(merkle.kept(LEAVES[:new]), old, new)
    assert proof == naive_subproof(old, LEAVES[:new], whole=True)
    roots = naive_root(LEAVES[:old]), naive_root(LEAVES[:new])
    assert merkle.verify_consistency(old, new, proof, *roots)
    changed = [*LEAVES[: old - 1], merkle.leaf_hash(b"changed"), *LEAVES[old:new]]
    assert not merkle.verify_consistency(old, new, proof, naive_root(changed[:old]), roots[1])
    if old < new:
        assert not merkle.verify_consistency(old, new, proof, roots[0], naive_root(changed))
        assert not merkle.verify_consistency(old, new, proof[:-1], *roots)


@given(st.data())
def test_ranges_cover_exactly(data: st.DataObject) -> None:
    end = data.draw(st.integers(0, 10_000))
    first = data.draw(st.integers(0, end))
    covered = first
    for level, index in merkle.ranges(first, end):
        assert index << level == covered
        covered += 1 << level
    assert covered == end


@given(st.data())
def test_what_survives_a_removal_is_proved_with_the_nodes_of_what_went(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES)))
    gone = data.draw(st.integers(1, size - 1))
    whole = merkle.kept(LEAVES[:size])

    def left(level: int, index: int) -> bytes:
        assert index << level >= gone, "a node of what was removed is asked for"
        return whole(level, index)

    held = {place: whole(*place) for place in merkle.ranges(0, gone)}
    node = merkle.pruned(left, gone, held)
    index = data.draw(st.integers(gone, size - 1))
    proof = merkle.inclusion_proof(node, index, size)
    assert merkle.verify_inclusion(HASHES[index], index, size, proof, naive_root(LEAVES[:size]))


def test_a_store_that_keeps_few_levels_answers_all() -> None:
    whole = merkle.kept(LEAVES)

    def fetch(level: int, index: int, count: int) -> list[bytes]:
        assert level % 3 == 0
        assert count < 8
        return [whole(level, at) for at in range(index, index + count)]

    node = merkle.stored(fetch, stride=3)
    for level in range(7):
        for index in range(len(LEAVES) >> level):
            assert node(level, index) == whole(level, index)


def test_what_was_removed_has_no_proof() -> None:
    whole = merkle.kept(LEAVES)
    node = merkle.pruned(whole, 5, {place: whole(*place) for place in merkle.ranges(0, 5)})
    with pytest.raises(LookupError, match="removed"):
        merkle.inclusion_proof(node, 2, len(LEAVES))


def test_a_frontier_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="complete subtrees"):
        merkle.Frontier(3, [merkle.EMPTY])
    tree = merkle.Frontier(1, [merkle.EMPTY])
    with pytest.raises(ValueError, match="cannot follow"):
        tree.append_subtree(1, merkle.EMPTY)


def test_the_empty_tree() -> None:
    assert merkle.Frontier().root() == merkle.EMPTY == naive_root([])
    assert merkle.verify_consistency(0, 5, [], merkle.EMPTY, naive_root(LEAVES[:5]))
