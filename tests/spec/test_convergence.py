"""N clones edit and sync through one server, in any order: all end alike, no edit is lost.

Every merge on the way is checked against an oracle that knows entities by their `mark`, which
no rename touches; so aliases and likeness, by which merge itself follows them, are on trial.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.diff import apply, diff
from buildrunner.spec.document import document_hash
from buildrunner.spec.graph import Graph
from buildrunner.spec.lineage import trace
from buildrunner.spec.merge import OURS, THEIRS, MergeResult, merge
from strategies import EDITS, Plan, add, entities, ids, random_edit, random_plan

BOUND = ("id", "aliases", "depends_on", "milestones", "steps", "microsteps")


class View:
    """A plan by marks instead of ids."""

    def __init__(self, plan: Plan) -> None:
        found = list(entities(plan))
        self.marks = [entity["mark"] for _, entity, _ in found]
        mark_of = {entity["id"]: entity["mark"] for _, entity, _ in found}
        for _, entity, _ in found:
            for alias in entity.get("aliases", []):
                mark_of.setdefault(alias, entity["mark"])
        self.parents = {entity["mark"]: parent.get("mark", "") for _, entity, parent in found}
        self.entities = {entity["mark"]: entity for _, entity, _ in found}
        self.needs = {
            entity["mark"]: {mark_of.get(need, need) for need in entity.get("depends_on", [])}
            for _, entity, _ in found
        }

    def fields(self, mark: str) -> Plan:
        return {k: v for k, v in self.entities[mark].items() if k not in BOUND}


def check_merge(base: Plan, ours: Plan, theirs: Plan, result: Plan, *, settled: bool) -> None:
    """Everything either side did is in the result; `settled` where conflicts were decided."""
    b, o, t, r = View(base), View(ours), View(theirs), View(result)
    assert len(set(r.marks)) == len(r.marks), "an entity appears twice"
    assert len(set(ids(result))) == len(ids(result)), "an id appears twice"
    assert not Graph(result).knots()
    for side, other in ((o, t), (t, o)):
        for mark in side.marks:
            if mark not in r.entities:
                removed = mark in b.entities and mark not in other.entities
                untouched = removed and b.fields(mark) == side.fields(mark)
                assert settled or untouched, f"{mark} is lost"
                continue
            now = r.entities[mark]
            known = {now["id"], *now.get("aliases", [])}
            assert side.entities[mark]["id"] in known, f"{mark} cannot be found by its former id"
            if mark in other.entities:
                check_entity(mark, b, side, other, r, settled)
            elif not settled:
                assert r.fields(mark) == side.fields(mark)
                assert r.parents[mark] == side.parents[mark]
    if not settled:
        for mark in r.marks:
            left, right, before = (v.needs.get(mark) for v in (o, t, b))
            if left is not None and right is not None:
                before = before or set()
                assert r.needs[mark] == (left & right) | (left - before) | (right - before)
            else:
                assert r.needs[mark] == (left if left is not None else right)


def check_entity(mark: str, b: View, side: View, other: View, r: View, settled: bool) -> None:
    before = b.fields(mark) if mark in b.entities else {}
    mine, yours, now = side.fields(mark), other.fields(mark), r.fields(mark)
    for field in before.keys() | mine.keys() | yours.keys():
        old, left, right = before.get(field), mine.get(field), yours.get(field)
        if left in (old, right):
            assert settled or now.get(field) == right, f"{mark}.{field} is not the other's"
        elif right == old:
            assert now.get(field) == left, f"{mark}.{field} is lost"
        elif field == "criteria" and now[field] not in (left, right):
            assert set(left) - set(old or []) <= set(now[field]), "a criterion is lost"
        elif field == "note" and not settled:
            for key in left:
                if left[key] != (old or {}).get(key):
                    assert now[field][key] in (left[key], right.get(key))
        elif field not in ("criteria", "note"):
            assert now.get(field) in (left, right)
    places = (side.parents[mark], other.parents[mark])
    if mark in b.entities and not settled:
        changed = [place for place in places if place != b.parents[mark]]
        assert r.parents[mark] == (changed[0] if changed else b.parents[mark])


class Server:
    """Revisions, and for each the operations that led to it and the renames among them."""

    def __init__(self, plan: Plan) -> None:
        self.revisions = [plan]
        self.steps: list[tuple[list, list]] = []

    @property
    def head(self) -> Plan:
        return self.revisions[-1]

    def commit(self, merged: MergeResult) -> None:
        operations = merged.operations("theirs")
        assert apply(self.head, operations) == merged.document
        if operations:
            renames = [rename for rename in merged.renames if rename["side"] == "theirs"]
            self.steps.append((operations, renames))
            self.revisions.append(merged.document)


def settle(
    rng: Random,
    base: Plan,
    ours: Plan,
    theirs: Plan,
    *,
    yielding: bool = False,
    **options: object,
) -> MergeResult:
    """Merge, answering conflicts by chance, with the oracle watching.

    `yielding`: what theirs removed stays removed. Two clones that both bring back an entity
    the server has lost would add it twice, which no merge with this base can know.
    """
    resolutions: dict[tuple[str, str], object] = {}
    merged = merge(base, ours, theirs, **options)
    for _ in range(20):
        if merged.clean:
            break
        for conflict in merged.conflicts:
            given_up = yielding and conflict.field == "entity"
            answer = THEIRS if given_up else rng.choice([OURS, THEIRS])
            resolutions[conflict.id, conflict.field] = answer
        merged = merge(base, ours, theirs, resolutions, **options)
    assert merged.clean
    check_merge(base, ours, theirs, merged.document, settled=bool(resolutions))
    return merged


class Clone:
    """What a clone keeps: the base revision's number and document, and the working plan."""

    def __init__(self, server: Server, traced: bool) -> None:
        self.server = server
        self.traced = traced
        self.revision = 0
        self.base = self.working = server.head

    def edit(self, rng: Random, edits: list) -> None:
        self.working = random_edit(rng, self.working, edits)

    def sync(self, rng: Random, edits: list, *, hurried: bool) -> None:
        operations = diff(self.base, self.working)
        sent = apply(self.base, operations)
        assert sent == self.working
        head = self.server.head
        lineage = trace(self.base, self.server.steps[self.revision :]) if self.traced else None
        merged = settle(rng, self.base, sent, head, lineage=lineage)
        self.server.commit(merged)
        answer = merged.operations("ours")
        assert apply(sent, answer) == self.server.head
        if hurried:  # edits go on while the request is under way
            self.edit(rng, edits)
        arrived = apply(sent, answer)
        mine = [rename for rename in merged.renames if rename["side"] == "ours"]
        lineage = trace(sent, [(answer, mine)]) if self.traced else None
        options = {"lineage": lineage, "published": "theirs"}
        settled = settle(rng, sent, self.working, arrived, yielding=True, **options)
        self.working = settled.document
        self.base = arrived
        self.revision = len(self.server.revisions) - 1


def play(
    rng: Random, *, clones: int, rounds: int, traced: bool = True, edits: list = EDITS
) -> None:
    server = Server(random_plan(rng, size=2))
    team = [Clone(server, traced) for _ in range(clones)]
    for _ in range(rounds):
        clone = rng.choice(team)
        for _ in range(rng.randint(0, 3)):
            clone.edit(rng, edits)
        if rng.random() < 0.6:
            clone.sync(rng, edits, hurried=rng.random() < 0.3)
    for _ in range(2):
        for clone in rng.sample(team, clones):
            clone.sync(rng, edits, hurried=False)
    hashes = {document_hash(clone.working) for clone in team}
    assert hashes == {document_hash(server.head)}
    assert all(clone.working == server.head for clone in team)


@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_clones_converge_and_lose_nothing(rng: Random, clones: int):
    play(rng, clones=clones, rounds=10)


@pytest.mark.parametrize("seed", range(8))
def test_long_games_converge(seed: int):
    """Ids change hands many times: followed through the server's revisions."""
    play(Random(seed), clones=5, rounds=60, edits=[add] * 6 + EDITS if seed % 2 else EDITS)


@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_clones_without_lineage_converge(rng: Random, clones: int):
    """As git merges: who is who is inferred from aliases and likeness."""
    play(rng, clones=clones, rounds=10, traced=False)


@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_clones_that_mostly_add_converge(rng: Random, clones: int):
    """Colliding ids all the time: additions renamed, edited, and renamed again."""
    play(rng, clones=clones, rounds=12, edits=[add, add, *EDITS])
