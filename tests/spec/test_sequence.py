"""Orders and lists: minimal moves, and merges that lose no element."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.sequence import (
    longest_increasing,
    merge_order,
    merge_sets,
    merge_tokens,
    natural,
    stayed,
)

letters = st.lists(st.sampled_from("abcdefgh"), max_size=8)
orders = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@given(st.lists(st.integers(0, 9), max_size=9))
def test_longest_increasing_is_longest(numbers):
    kept = [numbers[i] for i in longest_increasing(numbers)]
    assert all(a < b for a, b in pairwise(kept))
    best = max(
        size
        for size in range(len(numbers) + 1)
        for chosen in combinations(numbers, size)
        if all(a < b for a, b in pairwise(chosen))
    )
    assert len(kept) == best


@given(orders, st.data())
def test_what_stayed_is_in_one_order_in_both(old, data):
    new = data.draw(st.permutations(old))
    still = stayed(old, new)
    assert [m for m in old if m in still] == [m for m in new if m in still]


@given(orders, orders, orders, orders)
def test_merged_orders_hold_exactly_the_members(base, ours, theirs, members):
    merged = merge_order(base, ours, theirs, members)
    assert sorted(merged) == sorted(members)
    assert merged == merge_order(base, theirs, ours, members)


@given(orders, orders)
def test_one_side_alone_gives_its_order(base, ours):
    assert merge_order(base, ours, base, ours) == ours
    assert merge_order(base, base, ours, ours) == ours
    assert merge_order(base, ours, ours, ours) == ours


def test_both_sides_inserts_stay_with_their_neighbours():
    assert merge_order("abc", "axbc", "abyc", "abcxy") == ["a", "x", "b", "y", "c"]


@given(orders, orders, orders)
def test_sets_take_what_was_added_and_lose_what_was_taken_out(base, ours, theirs):
    merged = merge_sets(base, ours, theirs)
    b, o, t = set(base), set(ours), set(theirs)
    assert set(merged) == (o & t) | (o - b) | (t - b)
    assert len(set(merged)) == len(merged)
    assert merged == merge_sets(base, theirs, ours)


@given(letters, letters, letters)
def test_lists_merge_symmetrically_and_invent_nothing(base, ours, theirs):
    merged = merge_tokens(base, ours, theirs)
    assert merged == merge_tokens(base, theirs, ours)
    if merged is not None:
        assert set(merged) <= set(base) | set(ours) | set(theirs)
        # Every new element of either side is there, and what both kept is.
        assert set(merged) >= (set(ours) | set(theirs)) - set(base)
        assert set(merged) >= set(ours) & set(theirs) & set(base)


@given(letters, letters)
def test_lists_changed_by_one_side_are_that_sides(base, ours):
    assert merge_tokens(base, ours, base) == ours
    assert merge_tokens(base, ours, ours) == ours


def test_long_lists_stay_fast():
    base = [f"x{i}" for i in range(20_000)]
    ours, theirs = base[::-1], [*base, "new"]
    merge_tokens(base, ours, theirs)
    assert merge_order(base, ours, theirs, theirs)[-1] in ("new", "x0")


def test_natural_order():
    names = ["m10", "m9", "m1.s10", "m1.s2", "", "m", "9" * 5000, "x²"]
    assert sorted(names, key=natural).index("m9") < sorted(names, key=natural).index("m10")
    assert sorted(["ms10", "ms9", "ms1"], key=natural) == ["ms1", "ms9", "ms10"]
