"""Any clones, any edits, syncs in any order: all end on one document and nothing is lost."""

from __future__ import annotations

import copy
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.spec.document import document_hash
from buildrunner.spec.lint import ERROR, lint
from factories import make_tenant
from factories.clones import Clone, Refused
from strategies import by_mark, random_edit, random_plan

pytestmark = pytest.mark.django_db


def settle(clone):
    """Sync; where both sides changed the same thing, take ours, but nobody's removal."""
    answers, seen = {}, None
    for _ in range(8):
        try:
            return clone.sync(resolutions=list(answers.values()), resolves_revision=seen)
        except Refused as refusal:
            if refusal.code != "sync_conflict":
                raise
            seen = refusal.problem["revision"]
            for conflict in refusal.problem["conflicts"]:
                key = conflict["id"], conflict["field"]
                keeps = (
                    "theirs" if conflict["kind"] == "entity" and "ours" not in conflict else "ours"
                )
                answers[key] = {"id": key[0], "field": key[1], "take": keeps}
    raise AssertionError("no end of conflicts")


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.integers(2, 4))
def test_clones_converge_and_nothing_is_lost(as_key, seed, count):
    with transaction.atomic():
        converge(as_key, Random(seed), count)
        transaction.set_rollback(True)


def converge(as_key, rng, count):
    plan = random_plan(rng)
    tenant = make_tenant(plan=plan)
    clones = [Clone(as_key(tenant.key), tenant.project_id).pull() for _ in range(count)]
    added: set[str] = set()
    removed: set[str] = set()
    for _ in range(6):
        clone = rng.choice(clones)
        for _ in range(rng.randint(1, 2)):
            before = set(by_mark(clone.plan))
            clone.plan = random_edit(rng, clone.plan)
            after = set(by_mark(clone.plan))
            added |= after - before
            removed |= before - after
        if rng.random() < 0.6:
            settle(rng.choice(clones))
    for clone in clones * 2:
        settle(clone)
    with project_scope(tenant.actor, tenant.project_id) as access:
        stored = plans.read_plan(access)
        assert document_hash(plans.document_at(access, stored.revision)) == stored.document_hash
    for clone in clones:
        assert clone.plan == stored.plan()
        assert document_hash(clone.plan) == stored.document_hash
    # What was added and not removed by anybody is there, under whatever id.
    kept = set(by_mark(clones[0].plan))
    assert added - removed <= kept
    assert [found for found in lint(stored.document) if found.severity == ERROR] == []


def test_edits_of_different_fields_are_all_there_in_any_order(as_key):
    rng = Random(7)
    plan = random_plan(rng, size=4)
    tenant = make_tenant(plan=plan)
    marks = sorted(by_mark(plan))
    clones = [Clone(as_key(tenant.key), tenant.project_id).pull() for _ in range(4)]
    expected = {}
    for turn in range(24):
        clone = clones[turn % 4]
        mark, field = marks[turn % len(marks)], f"field{turn}"
        by_mark(clone.plan)[mark][field] = expected[mark, field] = f"value {turn}"
        if rng.random() < 0.5:
            rng.choice(clones).sync()
    for clone in clones * 2:
        clone.sync(base_hash=document_hash(clone.base))
    for clone in clones:
        found = by_mark(copy.deepcopy(clone.plan))
        assert {key: found[key[0]][key[1]] for key in expected} == expected
