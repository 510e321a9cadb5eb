"""The acts of rescoping, each a JSON object `{"act": NAME, …}`:

    {"act": "split", "id": ID, "titles": [T, T, …]}
    {"act": "defer", "ids": [ID, …], "to": MILESTONE or absent}
    {"act": "drop", "ids": [ID, …]}
    {"act": "set", "ids": [ID, …], "field": "priority" | "due" | "owner" | …, "value": V}
    {"act": "cut", "budget": POINTS, "milestone": ID or absent, "how": "defer" | "drop"}
    {"act": "criteria", "ids": [ID, …] or absent, "texts": [T, …] or absent}
    {"act": "merge", "ids": [ID, ID, …] or absent: microsteps with the same words}
    {"act": "unblock", "id": ID}

What is done is never split, deferred or dropped. What waits for something deferred goes with it;
what waited for something dropped waits for what that waited for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from buildrunner.spec import mutate
from buildrunner.spec.constraints import PRIORITIES, refuse
from buildrunner.spec.document import STATUSES, Entity, microsteps
from buildrunner.spec.graph import Graph
from buildrunner.spec.rescope_moves import Scope, defer, drop, milestone_of, open_below

Plan = dict[str, Any]
Act = Mapping[str, Any]

SETTABLE = ("priority", "due", "owner", "effort_points", "impact_score", "risk_level", "phase")
_DATE = re.compile(r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
_WORD = re.compile(r"\w+")


def perform(scope: Scope, act: Act) -> list[str]:
    """Carry an act out; why what else changes does. Raises EditRefused."""
    from buildrunner.spec.rescope_cut import cut

    acts: dict[str, Callable[[Scope, Act], list[str]]] = {
        "split": _split, "defer": _defer, "drop": _drop, "set": _set, "cut": cut,
        "criteria": _criteria, "merge": _merge, "unblock": _unblock,
    }  # fmt: skip
    name = act.get("act") if isinstance(act, Mapping) else None
    found = acts.get(name) if isinstance(name, str) else None
    if found is None:
        refuse("invalid_value", f"there is no act {name!r}", f"one of {', '.join(acts)}")
    return found(scope, act)


# -- split --


def _split(scope: Scope, act: Act) -> list[str]:
    entity = scope.find(act.get("id"))
    titles = [str(title).strip() for title in act.get("titles") or ()]
    if entity.kind != "microstep":
        refuse("wrong_kind", f'"{entity.id}" is a {entity.kind}: microsteps are split into parts')
    if entity.value.get("status") == "done":
        refuse("done_stays", f"{entity.id} is done: what is proven is not split", "br list")
    if len(titles) < 2 or not all(titles):
        refuse("invalid_value", "name two or more parts", f"split {entity.id} into API and UI")
    whole = " ".join(str(entity.value.get("title") or "").split())
    # “API” alone would say nothing in a list.
    titles = [t if not whole or _words(t) & _words(whole) else f"{whole}: {t}" for t in titles]
    criteria = [str(text) for text in entity.value.get("criteria") or ()]
    groups = _dealt(criteria, titles)
    reasons = [f"{entity.id} is split into {len(titles)}: {', '.join(titles)}"]
    drafted = []
    for place, group in enumerate(groups):
        if not group:
            group.append(len(criteria))
            criteria.append(drafted_criterion({"title": titles[place]}))
            drafted.append(titles[place])
    if drafted:
        scope.do(mutate.edit_fields(scope.plan, entity.id, set={"criteria": criteria}))
        reasons.append(f"{', '.join(drafted)} had no criterion of its own: the draft is yours")
    scope.do(
        mutate.split(scope.plan, entity.id, titles=titles, groups=groups, reserved=scope.reserved)
    )
    return reasons


def _dealt(criteria: Sequence[str], titles: Sequence[str]) -> list[list[int]]:
    """Each criterion to the part whose words it shares, else to the one with the fewest."""
    groups: list[list[int]] = [[] for _ in titles]
    words = [_words(title) for title in titles]
    rest = []
    for number, text in enumerate(criteria):
        shared = [len(_words(text) & each) for each in words]
        best = max(shared)
        if best and shared.count(best) == 1:
            groups[shared.index(best)].append(number)
        else:
            rest.append(number)
    for number in rest:
        min(groups, key=len).append(number)
    return [sorted(group) for group in groups]


def _words(text: Any) -> frozenset[str]:
    return frozenset(_WORD.findall(str(text).casefold()))


def drafted_criterion(value: Mapping[str, Any]) -> str:
    """A criterion to begin with, from the title."""
    title = " ".join(str(value.get("title") or "it").split())
    return f"“{title}” is shown to work by a check that fails without it"


def _defer(scope: Scope, act: Act) -> list[str]:
    target = scope.find(act["to"]) if act.get("to") else None
    if target is not None and target.kind != "milestone":
        refuse("wrong_kind", f'"{target.id}" is a {target.kind}: scope is deferred to a milestone')
    return defer(scope, scope.all(act.get("ids")), target.id if target is not None else None)


def _drop(scope: Scope, act: Act) -> list[str]:
    return drop(scope, scope.all(act.get("ids")))


# -- fields --


def _set(scope: Scope, act: Act) -> list[str]:
    field, value = act.get("field"), act.get("value")
    if field not in SETTABLE:
        refuse("invalid_value", f"{field!r} is not set here", f"one of {', '.join(SETTABLE)}")
    if field == "due" and not (isinstance(value, str) and _DATE.match(value)):
        refuse("invalid_value", f"{value!r} is no day", "write it as 2027-01-31")
    changed = []
    for entity in scope.all(act.get("ids")):
        for member in _bearers(entity, str(field)):
            made = mutate.edit_fields(scope.plan, member.id, set={field: value})
            scope.do(made)
            changed += [member.id] if made else []
    return [f"{field} of {', '.join(changed)} becomes {value}"] if changed else []


def _bearers(entity: Entity, field: str) -> list[Entity]:
    """A day and a phase stand on what is named; all else on the open microsteps in it."""
    if field == "phase":
        if entity.kind != "milestone":
            refuse("wrong_kind", f'"{entity.id}" is a {entity.kind}: milestones have a phase')
        return [entity]
    return [entity] if field == "due" else open_below(entity)


def _criteria(scope: Scope, act: Act) -> list[str]:
    given = [str(text).strip() for text in act.get("texts") or () if str(text).strip()]
    if act.get("ids"):
        entities = [each for entity in scope.all(act["ids"]) for each in open_below(entity)]
    else:
        entities = [e for e in microsteps(scope.plan) if e.value.get("status") != "done"]
    reasons = []
    for entity in entities:
        old = [text for text in entity.value.get("criteria") or () if isinstance(text, str)]
        kept = [text for text in old if text.strip()]
        if kept and not given:
            continue
        new = [*kept, *(text for text in given if text not in kept)]
        new = new or [drafted_criterion(entity.value)]
        scope.do(mutate.edit_fields(scope.plan, entity.id, set={"criteria": new}))
        if not given:
            reasons.append(f"{entity.id} had no criterion: the draft is yours to make precise")
    return reasons


# -- merge --


def _merge(scope: Scope, act: Act) -> list[str]:
    if act.get("ids"):
        groups = [[entity.id for entity in scope.all(act["ids"])]]
    else:
        groups = duplicates(scope.plan)
    if not groups:
        refuse("nothing_to_do", "no two open microsteps say the same", "name the ids to merge")
    reasons = []
    for group in groups:
        done = [name for name in group if scope.find(name).value.get("status") == "done"]
        if done:
            refuse("done_stays", f"{', '.join(done)} is done: what is proven is not merged", None)
        scope.do(mutate.merge_entities(scope.plan, group))
        reasons.append(
            f"{', '.join(group[1:])} {'go' if len(group) > 2 else 'goes'} into {group[0]}"
        )
    return reasons


def duplicates(plan: Plan) -> list[list[str]]:
    """Open microsteps of one milestone and one status whose titles have the same words."""
    found: dict[Any, list[str]] = {}
    for entity in microsteps(plan):
        words, status = _words(entity.value.get("title")), entity.value.get("status")
        if words and status in STATUSES and status != "done":
            found.setdefault((milestone_of(entity).id, status, words), []).append(entity.id)
    return [names for names in found.values() if len(names) > 1]


# -- unblock --


def _unblock(scope: Scope, act: Act) -> list[str]:
    """What blocks comes first: at least as urgent, before it in its step, or into its milestone."""
    entity = scope.find(act.get("id"))
    if entity.kind != "microstep" or entity.value.get("status") == "done":
        refuse("wrong_kind", f"{entity.id} is no open microstep: nothing blocks it")
    graph = Graph(scope.plan)
    blockers = list(dict.fromkeys(n for chain in graph.blocked_by(entity.id) for n in chain))
    found = [e for e in map(scope.find, blockers) if e.kind == "microstep" and open_below(e)]
    reasons = []
    if not found:
        if entity.value.get("status") != "blocked":
            refuse("nothing_to_do", f"{entity.id} waits for nothing", f"br start {entity.id}")
        scope.do(mutate.set_status(scope.plan, entity.id, "todo"))
        return [f"{entity.id} waits for nothing any more: it can be started"]
    order = {each.id: place for place, each in enumerate(microsteps(scope.plan))}
    found.sort(key=lambda each: order[each.id])
    urgent = str(entity.value.get("priority") or "P2")
    for each in found:
        mine = str(each.value.get("priority") or "P2")
        if urgent in PRIORITIES and mine in PRIORITIES and mine > urgent:
            scope.do(mutate.edit_fields(scope.plan, each.id, set={"priority": urgent}))
            reasons.append(f"{each.id} becomes {urgent}: {entity.id} waits for it")
        if order[each.id] > order[entity.id]:
            reasons += _forward(scope, each, entity.id)
    return reasons or [f"{entity.id} waits for {', '.join(e.id for e in found)}, all before it"]


def _forward(scope: Scope, blocker: Entity, identifier: str) -> list[str]:
    entity = scope.find(identifier)
    step = entity.above
    if step is None:
        return []
    siblings = [child.id for child in step.children()]
    place = siblings.index(identifier)
    behind = siblings[place - 1] if place else None
    scope.do([{"op": "move", "id": blocker.id, "parent": step.id, "after": behind}])
    return [f"{blocker.id} comes before {identifier}, which waits for it"]
