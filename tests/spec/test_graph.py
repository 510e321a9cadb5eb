"""The graph against a plain recursive reading of the same rules, and against size."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from kits.growth import growth
from strategies import entities, random_plan


def names(found):
    return [entity.id for entity in found]


def plan_of(*microsteps, **fields):
    """One milestone `m`, one step `s`, the given microsteps."""
    return {
        "milestones": [
            {"id": "m", "steps": [{"id": "s", "microsteps": list(microsteps), **fields}]}
        ]
    }


def ms(name, *needs, status="todo", **fields):
    return {"id": name, "status": status, "depends_on": list(needs), **fields}


@st.composite
def tangled(draw):
    """Plans whose dependencies name anything: microsteps, steps, milestones, nothing at all."""
    rng = draw(st.randoms(use_true_random=False))
    plan = random_plan(rng)
    known = [entity["id"] for _, entity, _ in entities(plan)]
    for kind, entity, _ in entities(plan):
        if kind == "microstep":
            entity["status"] = rng.choice(["todo", "todo", "doing", "done", "done", "done"])
        if rng.random() < 0.3:
            entity["depends_on"] = rng.sample([*known, "nowhere"], rng.randint(1, 2))
    return plan


class Oracle:
    """The rules read literally."""

    def __init__(self, plan):
        self.items = {
            entity["id"]: (kind, entity, parent) for kind, entity, parent in entities(plan)
        }
        self.inside = {name: [] for name in self.items}
        for name, (kind, _, parent) in self.items.items():
            if kind == "microstep":
                above = parent
                self.inside[name].append(name)
                while "id" in above:
                    self.inside[above["id"]].append(name)
                    above = self.items[above["id"]][2]

    def done(self, name, assumed=()):
        return name in self.items and all(
            self.items[m][1]["status"] == "done" or m in assumed for m in self.inside[name]
        )

    def needs(self, name):
        """What a microstep depends on, itself or by what it lies in."""
        found = []
        value = self.items[name][1]
        while "id" in value:
            found += value.get("depends_on", [])
            value = self.items[value["id"]][2]
        return found

    def ready(self, assumed=()):
        return [
            name
            for name, (kind, entity, _) in self.items.items()
            if kind == "microstep"
            and entity["status"] == "todo"
            and name not in assumed
            and all(self.done(need, assumed) for need in self.needs(name))
        ]

    def waits_for(self, name):
        """Microsteps this one waits for, transitively; itself when in a circle."""
        seen, todo = set(), [name]
        while todo:
            for need in self.needs(todo.pop()):
                for member in self.inside.get(need, []):
                    if member not in seen:
                        seen.add(member)
                        todo.append(member)
        return seen


@given(tangled())
def test_ready_is_what_the_rules_say(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    assert names(graph.ready()) == oracle.ready()
    for name, (kind, _, _) in oracle.items.items():
        assert graph.is_ready(name) == (name in oracle.ready()), kind


@given(tangled())
def test_unblocks_is_what_becomes_ready(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    for name in oracle.items:
        expected = [n for n in oracle.ready(oracle.inside[name]) if n not in oracle.ready()]
        assert names(graph.unblocks(name)) == expected


@given(tangled())
def test_affected_are_all_that_wait_for_it(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    everything = [n for n, (kind, _, _) in oracle.items.items() if kind == "microstep"]
    for name, (kind, _, _) in oracle.items.items():
        if kind != "microstep":
            continue
        expected = {n for n in everything if name in oracle.waits_for(n) and n != name}
        found = set(names(graph.affected_by(name)))
        assert expected <= found
        # Beyond the rule of done: what waits for an empty entity waits for its start.
        assert not (found - expected) or any(not oracle.inside[n] for n in oracle.items)


@given(tangled())
def test_order_exists_exactly_without_circles(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    if graph.cycles():
        with pytest.raises(SpecError) as caught:
            graph.topological()
        assert caught.value.code == "dependency_cycle"
        assert "→" in str(caught.value)
        return
    order = names(graph.topological())
    assert sorted(order) == sorted(
        n for n, (kind, _, _) in oracle.items.items() if kind == "microstep"
    )
    place = {name: position for position, name in enumerate(order)}
    for name in order:
        assert name not in oracle.waits_for(name)
        assert all(place[need] < place[name] for need in oracle.waits_for(name))


@given(tangled())
def test_microsteps_that_wait_for_themselves_are_in_a_knot(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    knotted = {name for knot in graph.knots() for name in knot}
    for name, (kind, _, _) in oracle.items.items():
        if kind == "microstep" and name in oracle.waits_for(name):
            assert name in knotted
    for circle in graph.cycles():
        assert set(circle) <= knotted


@given(tangled())
def test_chains_lead_from_blocked_to_root_causes(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    for name, (kind, _, _) in oracle.items.items():
        if kind != "microstep":
            continue
        chains = graph.blocked_by(name)
        assert bool(chains) == any(not oracle.done(need) for need in oracle.needs(name))
        if graph.cycles():
            continue
        for chain in chains:
            cause = chain[-1]
            assert cause not in oracle.items or all(map(oracle.done, oracle.needs(cause)))
        assert [len(chain) for chain in chains] == sorted(len(chain) for chain in chains)


@given(tangled())
def test_critical_path_is_the_heaviest_chain(plan):
    oracle, graph = Oracle(plan), Graph(plan)
    if graph.cycles():
        return

    def weight(name):
        entity = oracle.items[name][1]
        return 0 if entity["status"] == "done" else entity.get("effort_points", 1)

    heaviest: dict[str, float] = {}
    for name in names(graph.topological()):
        heaviest[name] = weight(name) + max(
            (heaviest[need] for need in oracle.waits_for(name)), default=0
        )
    path = names(graph.critical_path())
    if all(oracle.inside.values()):
        assert sum(map(weight, path)) == max(heaviest.values(), default=0)
    assert all(oracle.items[name][1]["status"] != "done" for name in path)


def test_dependencies_of_a_step_bind_what_lies_in_it():
    plan = plan_of(ms("a"), ms("b", "t"))
    plan["milestones"][0]["steps"].append(
        {"id": "t", "depends_on": ["a"], "microsteps": [ms("c"), ms("d", status="done")]}
    )
    graph = Graph(plan)
    assert names(graph.ready()) == ["a"]
    assert graph.blocked_by("b") == [["t", "c", "t", "a"]] or graph.blocked_by("b") == [["t", "a"]]
    assert names(graph.affected_by("a")) == ["b", "c", "d"]
    assert names(graph.unblocks("a")) == ["c"]


def test_depending_on_the_step_one_lies_in_is_a_circle():
    graph = Graph(plan_of(ms("a", "s"), ms("b")))
    assert graph.cycles() == [["a", "s"]]
    assert names(graph.ready()) == ["b"]


def test_circles_are_shown_short():
    graph = Graph(plan_of(ms("a", "b"), ms("b", "c", "a"), ms("c", "a"), ms("d", "d")))
    assert graph.cycles() == [["a", "b"], ["d"]]
    assert graph.blocked_by("a") == [["b"]]


def test_unknown_dependencies_block_and_are_named():
    graph = Graph(plan_of(ms("a", "ghost"), ms("b", "a")))
    assert graph.ready() == []
    assert graph.blocked_by("b") == [["a", "ghost"]]


def test_former_ids_resolve():
    graph = Graph(plan_of(ms("a", status="done", aliases=["old"]), ms("b", "old")))
    assert names(graph.ready()) == ["b"]
    assert names(graph.affected_by("old")) == ["b"]
    with pytest.raises(SpecError) as caught:
        graph.blocked_by("nowhere")
    assert caught.value.code == "unknown_id"


def test_ranking_and_its_words():
    plan = plan_of(
        ms("plain"),
        ms("wanted"),
        ms("later", "wanted"),
        ms("cheap", impact_score=8, effort_points=2),
        ms("urgent", "finished", priority="P1", effort_points=100, impact_score=1),
        ms("minor", priority="P3", impact_score=10, effort_points=1),
        ms("finished", status="done"),
        ms("running", status="doing"),
    )
    ranked = [(entity.id, reasons) for entity, reasons in Graph(plan).rank_next()]
    assert ranked == [
        ("urgent", ["ready: its one dependency is done", "priority P1", "impact 1 for effort 100"]),
        ("cheap", ["ready: it depends on nothing", "impact 8 for effort 2"]),
        ("wanted", ["ready: it depends on nothing", "1 microstep waits for it"]),
        ("plain", ["ready: it depends on nothing", "first of its kind in the plan"]),
        ("minor", ["ready: it depends on nothing", "priority P3", "impact 10 for effort 1"]),
    ]
    assert [entity.id for entity, _ in Graph(plan).rank_next(limit=2)] == ["urgent", "cheap"]


def test_who_waits_for_a_step_waits_for_its_last_open_microstep():
    plan = plan_of(ms("a", status="done"), ms("b"))
    plan["milestones"][0]["steps"].append(
        {"id": "t", "depends_on": ["s"], "microsteps": [ms("c"), ms("d")]}
    )
    [(first, reasons)] = Graph(plan).rank_next(limit=1)
    assert first.id == "b"
    assert reasons[-1] == "2 microsteps wait for it"


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"milestones": None},
        {
            "milestones": [
                3,
                {"steps": [None, {"microsteps": [{"depends_on": "a"}, {"depends_on": [1]}]}]},
            ]
        },
        plan_of(
            {"id": 3, "status": [], "priority": {}, "effort_points": "x", "impact_score": True}
        ),
    ],
)
def test_malformed_plans_are_tolerated(plan):
    graph = Graph(plan)
    graph.ready()
    graph.rank_next()
    graph.topological()
    graph.critical_path()
    assert graph.cycles() == []


def test_long_chains_and_wide_fans_stay_linear():
    def walk(size):
        chain = [ms(f"c{i}", *([f"c{i - 1}"] if i else [])) for i in range(size)]
        graph = Graph(plan_of(*chain[::-1]))
        assert names(graph.ready()) == ["c0"]
        assert len(graph.topological()) == size
        assert len(graph.critical_path()) == size
        assert graph.blocked_by(f"c{size - 1}") == [[f"c{i}" for i in range(size - 2, -1, -1)]]
        assert len(graph.affected_by("c0")) == size - 1
        assert names(graph.unblocks("c0")) == ["c1"]
        assert graph.cycles() == []
        circle = Graph(plan_of(*chain[1:], ms("c0", f"c{size - 1}")))
        assert len(circle.cycles()[0]) == size

    assert growth(walk, 10_000) < 4


def test_the_graph_does_not_change_the_plan():
    plan = random_plan(Random(3))
    before = repr(plan)
    graph = Graph(plan)
    graph.rank_next()
    graph.topological()
    assert repr(plan) == before


@given(tangled(), st.data())
def test_a_dependency_is_said_to_close_a_circle_exactly_when_it_does(plan, data):
    known = [entity["id"] for _, entity, _ in entities(plan)]
    identifier, need = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
    circle = Graph(plan).circle_with(identifier, need)
    for _, entity, _ in entities(plan):
        if entity["id"] == identifier:
            entity["depends_on"] = [*entity.get("depends_on", []), need]
    closed = any({identifier, need} <= set(knot) for knot in Graph(plan).knots())
    within = identifier == need or identifier in circle[1:]
    assert bool(circle) == (closed or within)
    if circle:
        assert circle[0] == identifier
        assert need in circle


def test_a_circle_is_told_in_the_order_of_waiting():
    graph = Graph(plan_of(ms("a"), ms("b", "a"), ms("c", "b")))
    assert graph.circle_with("a", "c") == ["a", "c", "b"]
    assert graph.circle_with("a", "s") == ["a", "s"]
    assert graph.circle_with("c", "a") == []
    assert names(graph.dependents("a")) == ["b"]
