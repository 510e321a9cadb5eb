"""Random plans and random edits, for every property test that needs them.

`random_plan(rng)` and `random_edit(rng, plan, stamp)` are plain functions of a `random.Random`;
`plans()`, `edited(plan)` and `histories()` are the same as hypothesis strategies, which shrink.
Plans are clean: unique ids in their parent's namespace, dependencies that exist and form no
cycle, criteria without repetition. Every entity carries a unique `mark`, so that a test can
follow it through renames; every edit writes a value (`stamp`) that occurs nowhere else.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from hypothesis import strategies as st

Plan = dict[str, Any]
CHILDREN = {"root": "milestones", "milestone": "steps", "step": "microsteps"}
KINDS = {"root": "milestone", "milestone": "step", "step": "microstep"}
STEMS = {"milestone": "m", "step": "s", "microstep": "ms"}
_serial = itertools.count(1)


def stamp(prefix: str = "v") -> str:
    """A text that occurs nowhere else in the plan at hand and its edits."""
    return f"{prefix}{next(_serial)}"


def entities(plan: Plan) -> Iterator[tuple[str, Plan, Plan]]:
    """(kind, entity, parent) in document order."""
    for milestone in plan.get("milestones", []):
        yield "milestone", milestone, plan
        for step in milestone.get("steps", []):
            yield "step", step, milestone
            for microstep in step.get("microsteps", []):
                yield "microstep", microstep, step


def ids(plan: Plan) -> list[str]:
    return [entity["id"] for _, entity, _ in entities(plan)]


def by_mark(plan: Plan) -> dict[str, Plan]:
    return {entity["mark"]: entity for _, entity, _ in entities(plan) if "mark" in entity}


def free_id(plan: Plan, parent: Plan, kind: str) -> str:
    """What two clones choose alike: the highest sibling's number plus one."""
    taken = set(ids(plan))
    for _, entity, _ in entities(plan):
        taken.update(entity.get("aliases", []))
    prefix = (f"{parent['id']}." if kind != "milestone" else "") + STEMS[kind]
    numbers = [
        int(t[len(prefix) :]) for t in taken if t.startswith(prefix) and t[len(prefix) :].isdigit()
    ]
    return f"{prefix}{max(numbers, default=0) + 1}"


def new_entity(rng: Random, plan: Plan, parent: Plan, kind: str) -> Plan:
    entity: Plan = {"id": free_id(plan, parent, kind), "title": stamp("t"), "mark": stamp("mark")}
    if kind == "microstep":
        entity["status"] = rng.choice(["todo", "doing"])
        entity["criteria"] = [stamp("c") for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.5:
            entity["effort_points"] = rng.randint(1, 8)
    else:
        entity[CHILDREN[kind]] = []
    return entity


def random_plan(rng: Random, *, size: int = 3) -> Plan:
    """A clean plan of up to `size` children per entity. Starts the stamps anew."""
    global _serial
    _serial = itertools.count(1)  # or a repeated example would differ from the first
    plan: Plan = {
        "projectId": "demo",
        "title": stamp("t"),
        "version": "1.0.0",
        "updatedAt": "2025-01-01T00:00:00Z",
        "milestones": [],
        "extra": {"a": 1, "b": {"c": True}},
    }
    known: list[str] = []
    for _ in range(rng.randint(1, size)):
        milestone = new_entity(rng, plan, plan, "milestone")
        plan["milestones"].append(milestone)
        for _ in range(rng.randint(0, size)):
            step = new_entity(rng, plan, milestone, "step")
            milestone["steps"].append(step)
            for _ in range(rng.randint(0, size)):
                microstep = new_entity(rng, plan, step, "microstep")
                if known and rng.random() < 0.3:
                    microstep["depends_on"] = [rng.choice(known)]
                known.append(microstep["id"])
                step["microsteps"].append(microstep)
    return plan


def reaches(plan: Plan, start: str, goal: str) -> bool:
    """Whether `start` depends on `goal`, directly or through others."""
    needs = {e["id"]: e.get("depends_on", []) for _, e, _ in entities(plan)}
    for _, entity, _ in entities(plan):
        for alias in entity.get("aliases", []):
            needs.setdefault(alias, [entity["id"]])
    waiting, seen = [start], set()
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            waiting.extend(needs.get(here, []))
    return False


def _pick(rng: Random, plan: Plan, *kinds: str) -> tuple[str, Plan, Plan] | None:
    found = [item for item in entities(plan) if item[0] in kinds]
    return rng.choice(found) if found else None


def edit_field(rng: Random, plan: Plan) -> None:
    picked = _pick(rng, plan, *STEMS)
    if picked is None:
        return
    kind, entity, _ = picked
    fields = ["title", "note", "owner"] + (["status", "priority"] if kind == "microstep" else [])
    field = rng.choice(fields)
    if field == "status":
        entity[field] = rng.choice(["todo", "doing", "blocked"])
    elif field == "priority":
        entity[field] = rng.choice(["P1", "P2", "P3"])
    elif field == "owner" and field in entity and rng.random() < 0.5:
        del entity[field]
    elif field == "note":
        note = entity.setdefault("note", {})
        note[rng.choice("xyz")] = stamp()
    else:
        entity[field] = stamp()


def edit_criteria(rng: Random, plan: Plan) -> None:
    picked = _pick(rng, plan, "microstep")
    if picked is None:
        return
    criteria = picked[1]["criteria"]
    place = rng.randrange(len(criteria) or 1)
    what = rng.choice(["insert", "replace", "remove", "rotate"]) if criteria else "insert"
    if what == "insert":
        criteria.insert(rng.randint(0, len(criteria)), stamp("c"))
    elif what == "replace":
        criteria[place] = stamp("c")
    elif what == "remove" and len(criteria) > 1:
        del criteria[place]
    else:
        criteria.append(criteria.pop(0))


def edit_dependency(rng: Random, plan: Plan) -> None:
    picked, other = _pick(rng, plan, "microstep"), _pick(rng, plan, "microstep")
    if picked is None or other is None:
        return
    entity, goal = picked[1], other[1]["id"]
    needs = entity.get("depends_on", [])
    if goal in needs:
        needs.remove(goal)
        if not needs:
            del entity["depends_on"]
    elif not reaches(plan, goal, entity["id"]):
        entity.setdefault("depends_on", []).append(goal)


def add(rng: Random, plan: Plan) -> None:
    kind = rng.choice(["milestone", "step", "microstep", "microstep", "microstep"])
    above = {below: kind for kind, below in KINDS.items()}[kind]
    picked = ("root", plan, plan) if above == "root" else _pick(rng, plan, above)
    if picked is None:
        return
    parent = picked[1]
    siblings = parent.setdefault(CHILDREN[above], [])
    entity = new_entity(rng, plan, parent, kind)
    siblings.insert(rng.randint(0, len(siblings)), entity)
    if kind == "step" and rng.random() < 0.7:
        entity["microsteps"].append(new_entity(rng, plan, entity, "microstep"))
    elif kind == "microstep" and rng.random() < 0.3:
        other = _pick(rng, plan, "microstep")
        if other is not None and other[1] is not entity:
            entity["depends_on"] = [other[1]["id"]]


def _would_be_reused(plan: Plan, gone: set[str]) -> bool:
    """Whether an addition could get the id of something just removed, and pose as it."""
    parents = {e["id"]: (kind, e) for kind, e, _ in entities(plan) if e["id"] not in gone}
    for identifier in gone:
        kind, parent = parents.get(identifier.rpartition(".")[0], ("root", plan))
        if kind in KINDS and kind != "microstep":
            kept = {"milestones": [{"id": name} for name in ids(plan) if name not in gone]}
            following = free_id(kept, parent, KINDS[kind])
            if len(following) < len(identifier) or following <= identifier:
                return True
    return False


def remove(rng: Random, plan: Plan) -> None:
    picked = _pick(rng, plan, "microstep", "microstep", "step")
    if picked is None:
        return
    kind, entity, parent = picked
    gone = {entity["id"], *(child["id"] for child in entity.get("microsteps", []))}
    if _would_be_reused(plan, gone):
        return
    siblings = parent["microsteps" if kind == "microstep" else "steps"]
    siblings[:] = [sibling for sibling in siblings if sibling is not entity]
    for _, other, _ in entities(plan):
        if gone.intersection(other.get("depends_on", [])):
            other["depends_on"] = [d for d in other["depends_on"] if d not in gone]
            if not other["depends_on"]:
                del other["depends_on"]


def move(rng: Random, plan: Plan) -> None:
    picked = _pick(rng, plan, "microstep", "microstep", "step")
    if picked is None:
        return
    kind, entity, parent = picked
    target = _pick(rng, plan, "step" if kind == "microstep" else "milestone")
    assert target is not None
    goal = parent if rng.random() < 0.5 else target[1]
    field = "microsteps" if kind == "microstep" else "steps"
    siblings = parent[field]
    siblings[:] = [sibling for sibling in siblings if sibling is not entity]
    goal.setdefault(field, []).insert(rng.randint(0, len(goal[field])), entity)


def edit_root(rng: Random, plan: Plan) -> None:
    field = rng.choice(["title", "version", "updatedAt", "extra"])
    if field == "version":
        plan[field] = f"{rng.randint(1, 3)}.{rng.randint(0, 12)}.0"
    elif field == "updatedAt":
        plan[field] = f"2025-0{rng.randint(1, 9)}-01T00:00:00Z"
    elif field == "extra":
        plan[field][rng.choice("abcd")] = stamp()
    else:
        plan[field] = stamp("t")


EDITS: list[Callable[[Random, Plan], None]] = [
    edit_field, edit_field, edit_criteria, edit_dependency, add, add, remove, move, edit_root,
]  # fmt: skip


def random_edit(
    rng: Random, plan: Plan, edits: list[Callable[[Random, Plan], None]] = EDITS
) -> Plan:
    """A copy of the plan with one random edit (now and then one that changes nothing)."""
    changed = copy.deepcopy(plan)
    rng.choice(edits)(rng, changed)
    return changed


@st.composite
def plans(draw: st.DrawFn, *, size: int = 3) -> Plan:
    """Clean plans."""
    return random_plan(draw(st.randoms(use_true_random=False)), size=size)


@st.composite
def edited(
    draw: st.DrawFn,
    plan: Plan,
    *,
    most: int = 4,
    edits: list[Callable[[Random, Plan], None]] = EDITS,
) -> Plan:
    """The plan after up to `most` random edits; the given one stays as it is."""
    rng = draw(st.randoms(use_true_random=False))
    for _ in range(draw(st.integers(0, most))):
        plan = random_edit(rng, plan, edits)
    return plan


@st.composite
def histories(draw: st.DrawFn, *, size: int = 3, most: int = 4) -> tuple[Plan, Plan, Plan]:
    """(base, ours, theirs): a plan and two independent edits of it."""
    base = draw(plans(size=size))
    return base, draw(edited(base, most=most)), draw(edited(base, most=most))
