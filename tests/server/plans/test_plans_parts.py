"""The stored form: same text, same hash and same outcome as the whole document."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.plans.rules.independence import independent, last_edits
from buildrunner.server.domains.plans.rules.parts import Document, Excerpt
from buildrunner.spec.diff import OperationError, apply, diff
from buildrunner.spec.document import document_hash
from buildrunner.spec.merge import merge
from strategies import EDITS, edit_field, entities, histories, plans, random_edit, random_plan

ODD = {
    "zero": -0.0,
    "small": 1e-7,
    "half": 0.5,
    "whole": 3.0,
    "large": 1e21,
    "\U0001f600": "astral",
    "\uffff": "last of the plane",
    "": '\x7f \u2028 \t \\ " / <b>',
    "text": 'looks like "id":"m1"',
}


def same_bytes(left, right):
    """Equal with the order of keys."""
    return repr(left) == repr(right)


@given(plans(), st.booleans())
def test_what_is_packed_comes_back_with_its_order_and_its_hash(plan, odd):
    if odd:
        plan = {"note": ODD, **plan, **ODD}
        for _, entity, _ in entities(plan):
            entity["note"] = ODD
    document = Document.unpack(Document.of(plan).pack())
    assert same_bytes(document.plan(), plan)
    assert document.hash() == document_hash(plan)


def test_plans_without_milestones_have_a_hash_too():
    for plan in ({}, {"title": "T"}, {"milestones": []}, {"$schema": "x", "updatedAt": "y"}):
        document = Document.unpack(Document.of(plan).pack())
        assert document.plan() == plan
        assert document.hash() == document_hash(plan)


@given(histories(), st.booleans())
def test_edits_lead_to_the_same_whether_all_or_a_part_is_read(history, odd):
    base, after, _ = history
    if odd:
        base, after = {**base, **ODD}, {**after, **ODD}
    operations = diff(base, after)
    document = Document.of(base)
    before = document.plan()
    whole = apply(before, operations)
    following = document.following(before, whole)
    assert following.hash() == document_hash(after)
    assert following.plan() == after
    excerpt = Excerpt.of(document, operations)
    if excerpt is not None:
        part, part_hash = excerpt.put_back(apply(excerpt.plan, operations))
        assert part_hash == document_hash(after)
        assert same_bytes(part.plan(), following.plan())


@given(st.integers(0, 2**32))
def test_a_field_edit_reads_only_its_own_milestone(seed):
    rng = Random(seed)
    plan = random_plan(rng)
    operations = diff(plan, random_edit(rng, plan, [edit_field]))
    excerpt = Excerpt.of(Document.of(plan), operations)
    assert excerpt is not None
    assert len(excerpt.plan["milestones"]) == (1 if operations else 0)


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_independent_edits_applied_on_top_of_each_other_are_the_merge(seed):
    rng = Random(seed)
    base = random_plan(rng)
    ours, theirs = base, base
    for _ in range(rng.randint(1, 2)):
        ours = random_edit(rng, ours, rng.choice([EDITS, [edit_field]]))
    for _ in range(rng.randint(1, 4)):
        theirs = random_edit(rng, theirs, rng.choice([EDITS, [edit_field]]))
    mine, other = diff(base, ours), diff(base, theirs)
    if not independent(mine, other):
        return
    merged = merge(base, ours, theirs)
    try:
        on_top = apply(theirs, mine)
    except OperationError:
        return
    assert merged.clean
    assert on_top == merged.document
    assert apply(ours, last_edits(other)) == merged.document
