"""Whatever is rescoped in whatever plan: it applies, stays without circles and is no worse in lint."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from buildrunner.spec.diff import apply, invert
from buildrunner.spec.document import index, microsteps
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.rescope import propose
from buildrunner.spec.rescope_acts import SETTABLE
from buildrunner.spec.rescope_cut import effort
from buildrunner.spec.schema import validate

Plan = dict[str, Any]
STATUSES = ("todo", "todo", "doing", "blocked", "done")
WORDS = ("cart", "page", "mail", "report", "login", "nice-to-have list")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans whose dependencies lead back in the order of the document."""
    earlier: list[str] = []
    milestones = []
    for m in range(draw(st.integers(1, 4))):
        steps = []
        for s in range(draw(st.integers(1, 3))):
            below = []
            for n in range(draw(st.integers(0, 4))):
                name = f"m{m}.s{s}.ms{n}"
                title = draw(st.sampled_from(WORDS))
                micro: Plan = {"id": name, "title": f"{title} {draw(st.integers(0, 3))}"}
                micro["status"] = draw(st.sampled_from(STATUSES))
                micro["criteria"] = [f"{title} {i} works" for i in range(draw(st.integers(0, 3)))]
                if draw(st.booleans()):
                    micro["effort_points"] = draw(st.integers(1, 13))
                if draw(st.booleans()):
                    micro["priority"] = draw(st.sampled_from(("P1", "P2", "P3")))
                if earlier and draw(st.booleans()):
                    micro["depends_on"] = draw(
                        st.lists(st.sampled_from(earlier), min_size=1, max_size=2, unique=True)
                    )
                below.append(micro)
                earlier.append(name)
            step: Plan = {"id": f"m{m}.s{s}", "title": f"step {s}", "microsteps": below}
            steps.append(step)
            earlier.append(step["id"])
        milestone: Plan = {"id": f"m{m}", "title": f"milestone {m}", "steps": steps}
        if m and draw(st.booleans()):
            milestone["depends_on"] = [f"m{draw(st.integers(0, m - 1))}"]
        milestones.append(milestone)
        earlier.append(milestone["id"])
    return {
        "projectId": "p",
        "title": "T",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": milestones,
    }


@st.composite
def acts(draw: st.DrawFn, plan: Plan) -> Plan:
    names = list(index(plan))
    names = [name for name in names if name]
    ids = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    act: Plan = {"act": draw(st.sampled_from(("split", "defer", "drop", "set", "cut", "criteria", "merge", "unblock")))}  # fmt: skip
    match act["act"]:
        case "split" | "unblock":
            act |= {"id": ids[0], "titles": ["API page", "UI"]}
        case "cut":
            act |= {
                "budget": draw(st.integers(1, 60)),
                "how": draw(st.sampled_from(("defer", "drop"))),
            }
            if draw(st.booleans()):
                act["milestone"] = "m0"
        case "set":
            field = draw(st.sampled_from(SETTABLE))
            value = {"priority": "P1", "due": "2027-01-31", "effort_points": 3, "impact_score": 2, "risk_level": "low"}.get(field, "x")  # fmt: skip
            act |= {"ids": ids, "field": field, "value": value}
        case "defer":
            act["ids"] = ids
            if draw(st.booleans()):
                act["to"] = draw(st.sampled_from([m["id"] for m in plan["milestones"]]))
        case _:
            act["ids"] = ids
    return act


@given(st.data())
def test_a_proposal_applies_and_leaves_the_plan_whole(data: st.DataObject) -> None:
    plan = data.draw(plans())
    act = data.draw(acts(plan))
    try:
        made = propose(plan, [act])
    except SpecError:
        return
    assert apply(plan, made.operations) == made.after
    assert apply(made.after, invert(plan, made.operations)) == plan
    assert not Graph(made.after).knots()
    assert not list(validate(made.after))
    assert made.precheck["ok"], made.precheck
    done = {e.id for e in microsteps(plan) if e.value["status"] == "done"}
    assert done <= {e.id for e in microsteps(made.after) if e.value["status"] == "done"}


@given(st.data())
def test_a_cut_keeps_its_budget(data: st.DataObject) -> None:
    plan = data.draw(plans())
    how = data.draw(st.sampled_from(("defer", "drop")))
    total = sum(effort(e) for e in microsteps(plan) if e.value["status"] != "done")
    budget = data.draw(st.integers(1, max(1, int(total) - 1)))
    try:
        made = propose(plan, [{"act": "cut", "budget": budget, "how": how}])
    except SpecError:
        return
    stays = [e for e in microsteps(made.after) if e.value["status"] != "done"]
    if how == "defer":
        stays = [e for e in stays if e.above.above.value["title"] != "Later"]  # type: ignore[union-attr]
    assert sum(map(effort, stays)) <= budget
    kept = {e.id for e in stays}
    for entity in stays:
        chains = Graph(made.after).blocked_by(entity.id)
        assert {name for chain in chains for name in chain if name in index(made.after) and index(made.after)[name].kind == "microstep"} <= kept  # fmt: skip
    assert {e.id for e in Graph(plan).critical_path()} <= kept


@given(st.data())
def test_what_is_deferred_comes_later_than_what_stays(data: st.DataObject) -> None:
    """Nothing that stays open in an earlier milestone waits by name for what was put off."""
    plan = data.draw(plans())
    names = [entity.id for entity in microsteps(plan)]
    assume(names)
    name = data.draw(st.sampled_from(names))
    try:
        made = propose(plan, [{"act": "defer", "ids": [name]}])
    except SpecError:
        return
    place = {m["id"]: n for n, m in enumerate(made.after["milestones"])}
    known = index(made.after)
    put_off = place[known[name].above.above.id]  # type: ignore[union-attr]
    for entity in microsteps(made.after):
        if name in (entity.value.get("depends_on") or ()) and entity.value["status"] != "done":
            assert place[entity.above.above.id] >= put_off  # type: ignore[union-attr]
