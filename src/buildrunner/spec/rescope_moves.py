"""Work that is put off or taken out, with everything that hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from buildrunner.spec import mutate
from buildrunner.spec.constraints import (
    meant,
    needs_of,
    referrers,
    refuse,
    refuse_circles,
    set_needs,
)
from buildrunner.spec.diff import apply
from buildrunner.spec.document import Entity, index, root
from buildrunner.spec.graph import Graph
from buildrunner.spec.ids import resolve
from buildrunner.spec.tree import Node, Tree

Plan = dict[str, Any]
Operation = dict[str, Any]

LATER = "Later"
_SHOWN = 6


class Scope:
    """A plan under change; `reserved` are ids not to give out."""

    def __init__(self, plan: Plan, reserved: Iterable[str] = ()) -> None:
        self.plan = plan
        self.reserved = [*reserved, *index(plan)]

    def do(self, operations: Sequence[Operation]) -> None:
        """Go on with what operations make of the plan."""
        self.plan = apply(self.plan, list(operations))

    def find(self, identifier: Any) -> Entity:
        """The entity of an id or former id."""
        found = resolve(self.plan, identifier) if isinstance(identifier, str) else None
        if found is None or found.kind == "root":
            refuse("unknown_id", f'there is no "{str(identifier)[:80]}" in the plan', "br list")
        return found

    def all(self, identifiers: Any) -> list[Entity]:
        """The entities of a list of ids, each once."""
        if not isinstance(identifiers, list) or not identifiers:
            refuse("invalid_value", "name one id or more", "br list")
        return list({entity.id: entity for entity in map(self.find, identifiers)}.values())

    def milestones(self) -> list[str]:
        """Their ids in order."""
        return [entity.id for entity in root(self.plan).children()]


def open_below(entity: Entity) -> list[Entity]:
    """The microsteps of an entity, itself included, that are not done."""
    if entity.kind == "microstep":
        return [] if entity.value.get("status") == "done" else [entity]
    return [each for child in entity.children() for each in open_below(child)]


def milestone_of(entity: Entity) -> Entity:
    """The milestone an entity stands in, or itself."""
    while entity.kind != "milestone" and entity.above is not None:
        entity = entity.above
    return entity


# -- later --


def defer(scope: Scope, entities: Sequence[Entity], to: str | None) -> list[str]:
    """Put open work off: with what waits for it, so that nothing earlier waits for what is later.

    Into the milestone `to`, which comes after all of it; without one, whole milestones go behind
    the last, all else into the milestone that follows or a new one.
    """
    before = scope.plan
    reasons: list[str] = []
    chosen = _chosen(entities, "deferred")
    whole = [e for e in entities if e.kind == "milestone" and not _touched(e)]
    if to is None and whole and len(whole) == len(entities):
        _behind(scope, whole, chosen, reasons)
    else:
        goal = to or _following(scope, chosen, reasons)
        _refuse_earlier(scope, chosen, goal)
        _take_along(scope, chosen, scope.milestones().index(goal), reasons)
        _carry(scope, chosen, goal, reasons)
    refuse_circles(before, scope.plan)
    return reasons


def _chosen(entities: Sequence[Entity], verb: str) -> dict[str, None]:
    found = {each.id: None for entity in entities for each in open_below(entity)}
    if not found:
        names = ", ".join(entity.id for entity in entities[:_SHOWN])
        refuse("done_stays", f"nothing in {names} is open: what is done is not {verb}", "br list")
    return found


def _touched(entity: Entity) -> bool:
    """Whether anything in it is done."""
    if entity.kind == "microstep":
        return entity.value.get("status") == "done"
    return any(_touched(child) for child in entity.children())


def _behind(
    scope: Scope, whole: Sequence[Entity], chosen: dict[str, None], reasons: list[str]
) -> None:
    """Whole milestones behind the last one, and with them what waits for them."""
    _take_along(scope, chosen, len(scope.milestones()), reasons)
    moving = [
        entity
        for entity in root(scope.plan).children()
        if entity.id in {each.id for each in whole}
        or (open_below(entity) and not _touched(entity) and _within(entity, chosen))
    ]
    if scope.milestones()[-len(moving) :] == [entity.id for entity in moving]:
        names = ", ".join(entity.id for entity in moving[1:])
        with_it = f", with what waits for it ({names})" if names else ""
        refuse("nothing_to_do", f"{moving[0].id} comes last already{with_it}", "drop it instead")
    for entity in moving:
        for each in open_below(entity):
            chosen.pop(each.id, None)
        last = [name for name in scope.milestones() if name != entity.id][-1:]
        scope.do(
            [{"op": "move", "id": entity.id, "parent": "", "after": last[0] if last else None}]
        )
    reasons.insert(0, f"{', '.join(entity.id for entity in moving)} comes last")
    if chosen:
        _carry(scope, chosen, later(scope, reasons), reasons)


def _within(entity: Entity, chosen: Iterable[str]) -> bool:
    return {each.id for each in open_below(entity)} <= set(chosen)


def _following(scope: Scope, chosen: Iterable[str], reasons: list[str]) -> str:
    """The milestone behind all that is chosen."""
    order = scope.milestones()
    known = index(scope.plan)
    last = max(order.index(milestone_of(known[name]).id) for name in chosen)
    return order[last + 1] if last + 1 < len(order) else later(scope, reasons)


def later(scope: Scope, reasons: list[str]) -> str:
    """The last milestone where it is called so, else a new one."""
    last = root(scope.plan).children()[-1]
    if last.value.get("title") == LATER and not last.value.get("depends_on"):
        return last.id
    made = mutate.add_entity(scope.plan, "", title=LATER, reserved=scope.reserved)
    scope.do(made)
    identifier = str(made[0]["value"]["id"])
    reasons.append(f"{identifier} “{LATER}” is new: there was no later milestone")
    return identifier


def _refuse_earlier(scope: Scope, chosen: Iterable[str], goal: str) -> None:
    order = scope.milestones()
    known = index(scope.plan)
    homes = {name: milestone_of(known[name]).id for name in chosen}
    wrong = [name for name, home in homes.items() if order.index(home) >= order.index(goal)]
    if wrong:
        refuse(
            "not_later",
            f"{goal} does not come after {', '.join(wrong[:_SHOWN])}",
            "name a later milestone, or none",
        )


def _take_along(scope: Scope, chosen: dict[str, None], goal: int, reasons: list[str]) -> None:
    """Add the open microsteps before the goal that wait for what is chosen."""
    tree, known = Tree(scope.plan), index(scope.plan)
    order = {name: place for place, name in enumerate(scope.milestones())}
    waits: dict[str, list[str]] = {}
    for node in tree.nodes.values():
        for need in needs_of(node):
            waits.setdefault(meant(tree, need), []).append(node.id)
    queue = list(chosen)
    for name in queue:  # grows while it is walked
        targets = [name]
        above = known[name].above
        while above is not None and above.kind != "root":
            if _within(above, chosen) and not _touched(above):
                targets.append(above.id)
            above = above.above
        for target in targets:
            for waiting in waits.get(target, ()):
                for each in open_below(known[waiting]):
                    if each.id in chosen or order[milestone_of(each).id] >= goal:
                        continue
                    chosen[each.id] = None
                    queue.append(each.id)
                    reasons.append(f"{each.id} goes along: it waits for {target}")


def _carry(scope: Scope, chosen: Iterable[str], goal: str, reasons: list[str]) -> None:
    """Steps of which nothing stays move whole, single microsteps into a step of the same name."""
    known = index(scope.plan)
    moving = set(chosen)
    steps: dict[str, list[str]] = {}
    for name, entity in known.items():
        if name in moving and entity.above is not None:
            steps.setdefault(entity.above.id, []).append(name)
    places: dict[str, list[str]] = {}
    for step, members in steps.items():
        home = known[step].above
        inherited = list(home.value.get("depends_on") or ()) if home is not None else []
        if {child.id for child in known[step].children()} <= moving:
            scope.do(_moves([step], scope.find(goal)))
            _inherit(scope, step, inherited, goal)
            places.setdefault(home.id if home is not None else "", []).append(step)
        else:
            inherited += list(known[step].value.get("depends_on") or ())
            to = _home(scope, goal, str(known[step].value.get("title") or step))
            scope.do(_moves(members, scope.find(to)))
            _inherit(scope, to, inherited, goal)
            places.setdefault(home.id if home is not None else "", []).append(to)
    count = len(moving)
    reasons.insert(0, f"{count} open microstep{'s move' if count != 1 else ' moves'} to {goal}")
    _clear(scope, {name: list(dict.fromkeys(homes)) for name, homes in places.items()}, reasons)


def _moves(names: Sequence[str], above: Entity) -> list[Operation]:
    siblings = [child.id for child in above.children() if child.id not in names]
    last = siblings[-1] if siblings else None
    operations = []
    for name in names:
        operations.append({"op": "move", "id": name, "parent": above.id, "after": last})
        last = name
    return operations


def _inherit(scope: Scope, step: str, needs: Sequence[str], goal: str) -> None:
    """What its old place waited for, a step that moves away waits for itself."""
    tree = Tree(scope.plan)
    node = tree.nodes[step]
    inside = {step, goal, *node.children}
    known = {meant(tree, need) for need in (*needs_of(node), *needs_of(tree.nodes[goal]))}
    fresh = [need for need in needs if meant(tree, need) not in known | inside]
    if fresh:
        scope.do([set_needs(node, [*needs_of(node), *fresh])])


def _home(scope: Scope, milestone: str, title: str) -> str:
    for step in scope.find(milestone).children():
        if step.value.get("title") == title:
            return step.id
    made = mutate.add_entity(scope.plan, milestone, title=title, reserved=scope.reserved)
    scope.do(made)
    return str(made[0]["value"]["id"])


def _clear(scope: Scope, places: dict[str, list[str]], reasons: list[str]) -> None:
    """Milestones that were left empty go; who waited for one waits for what stood in it."""
    for name, homes in places.items():
        if name and not scope.find(name).children():
            tree = Tree(scope.plan)
            operations = [_instead(tree, node, {name}, homes) for node in referrers(tree, {name})]
            scope.do([*operations, {"op": "remove", "id": name}])
            reasons.append(f"{name} is empty now and goes")


def _instead(tree: Tree, node: Node, gone: set[str], needs: Sequence[str]) -> Operation:
    """The dependencies of a node with others in place of those that are gone."""
    kept: list[str] = []
    around = {node.id}
    at = node
    while at.id:
        at = tree.nodes[at.parent]
        around.add(at.id)
    for need in needs_of(node):
        target = meant(tree, need)
        kept += [n for n in needs if meant(tree, n) not in around] if target in gone else [need]
    return set_needs(node, kept)


# -- never --


def drop(scope: Scope, entities: Sequence[Entity]) -> list[str]:
    """Take open work out; what waited for it waits for what that waited for."""
    before = scope.plan
    names = _chosen(entities, "dropped")
    known = index(scope.plan)
    gone = set(names)
    reasons = [f"{len(names)} open microstep{'s go' if len(names) != 1 else ' goes'}"]
    # A place of which nothing stays goes too, and with it whatever was named and is empty.
    for kind in ("step", "milestone"):
        for name, entity in known.items():
            children = [child.id for child in entity.children()] if entity.kind == kind else []
            if children and set(children) <= gone:
                gone.add(name)
    kept = [e.id for e in entities if e.kind != "microstep" and e.id not in gone]
    if kept:
        reasons.append(f"{', '.join(kept)} stays: some of it is done")
    tree, graph = Tree(scope.plan), Graph(scope.plan)
    still_open = {graph.name(row) for row, count in enumerate(graph.open) if count}
    operations: list[Operation] = []
    for node in referrers(tree, gone):
        needs = _beyond(tree, still_open, node, gone)
        operations.append(set_needs(node, needs))
        reasons.append(f"{node.id} waited for something dropped: {_after(needs)}")
    tops = [name for name in known if name in gone and not _inside(known[name], gone)]
    scope.do([*operations, *({"op": "remove", "id": name} for name in tops)])
    refuse_circles(before, scope.plan)
    return reasons


def _after(needs: Sequence[str]) -> str:
    return f"it waits for {', '.join(needs[:_SHOWN])} now" if needs else "it waits for nothing now"


def _inside(entity: Entity, gone: set[str]) -> bool:
    above = entity.above
    return above is not None and above.id in gone


def _beyond(tree: Tree, still_open: set[str], node: Node, gone: set[str]) -> list[str]:
    """Its needs, each that is gone replaced by the open ones that stood behind it."""
    around = {node.id}
    at = node
    while at.id:
        at = tree.nodes[at.parent]
        around.add(at.id)
    found: dict[str, None] = {}
    seen: set[str] = set()
    queue = [(need, False) for need in needs_of(node)]
    while queue:
        need, followed = queue.pop(0)
        target = meant(tree, need)
        if target in gone:
            if target not in seen:
                seen.add(target)
                queue += [(each, True) for each in _all_needs(tree, target)]
        elif not followed:
            found.setdefault(need)
        elif target in tree.nodes and target not in around and target in still_open:
            found.setdefault(target)
    return list(found)


def _all_needs(tree: Tree, name: str) -> list[str]:
    """What an entity waits for: by itself, by what it stands in and by what stands in it."""
    needs = [need for node in tree.subtree(name) for need in needs_of(node)]
    at = tree.nodes[name]
    while at.id:
        at = tree.nodes[at.parent]
        needs += needs_of(at)
    return needs
