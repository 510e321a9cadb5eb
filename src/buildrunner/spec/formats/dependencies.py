"""Dependencies of an import: references resolved, cycles broken, every loss told.

An entity waits for its own `depends_on` and for that of what it lies in; a step or milestone
is done when everything in it is. So every entity has a start (written "<id") and an end
(">id"), as in `spec.ways`: a start waits for the start of the parent and for the ends of what
the entity depends on, an end for its own start and for the ends of what lies in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from buildrunner.spec.formats.outline import Item, Outline

Edges = dict[str, list[str]]
Removable = Callable[[str, str], bool]
Cycle = tuple[str, str, list[str]]


def resolve(
    outline: Outline,
    known: Callable[[str], str | None],
    *,
    settled: Callable[[Item], bool],
    without: str = "",
) -> Edges:
    """Reference → references it waits for, without duplicates and cycles.

    Only items of which the source says something new are in the answer: `settled` answers
    for those whose dependencies the plan has just so. `known` gives the id of what is not in
    the source but in the plan, else None; items of the kind `without` do not reach the plan.
    Whatever cannot be kept is noted as dropped.
    """
    items: dict[str, Item] = {}
    parents: dict[str, str] = {}
    _register(outline.items, "", items, parents)
    edges: Edges = {}
    for reference, item in items.items():
        if item.needs is None or settled(item):
            continue
        targets: dict[str, None] = {}
        for need in item.needs:
            target = items.get(need)
            if target is None:
                found = known(need)
                if found is None:
                    _drop(outline, item, need, "is not in the source")
                else:
                    targets[found] = None
            elif without in (item.kind, target.kind):
                _drop(outline, item, need, f"is a dependency of a {without} that is not taken over")
            elif need in _line(reference, parents):
                _drop(outline, item, need, "is the item itself or holds it")
            elif reference in _line(need, parents):
                _drop(outline, item, need, "lies in the item")
            else:
                targets[need] = None
        edges[reference] = list(targets)
    for waiting, first, cycle in untangle(parents, edges):
        message = cycle_message(waiting, first, cycle)
        outline.drop("dependency_cycle", message, items[waiting].line)
    return edges


def _register(
    members: list[Item], parent: str, items: dict[str, Item], parents: dict[str, str]
) -> None:
    for item in members:
        items.setdefault(item.reference, item)
        parents.setdefault(item.reference, parent)
        _register(item.children, item.reference, items, parents)


def _line(reference: str, parents: Mapping[str, str]) -> Iterator[str]:
    while reference:
        yield reference
        reference = parents[reference]


def _drop(outline: Outline, item: Item, need: str, why: str) -> None:
    outline.drop(
        "dependency_dropped",
        f"{item.label} waits for {need.removeprefix('#')}, which {why}; "
        "that dependency is left out",
        item.line,
    )


def cycle_message(source: str, target: str, cycle: list[str]) -> str:
    """One line about an edge that `untangle` took."""
    shown = cycle if len(cycle) <= 12 else [*cycle[:6], "…", *cycle[-5:]]
    return (
        f"{source} waits for {target}, which closes the cycle {' → '.join(shown)}; "
        "that dependency is left out"
    )


def untangle(
    parents: Mapping[str, str], needs: Edges, removable: Removable | None = None
) -> list[Cycle]:
    """Take dependencies out of `needs` until no cycle has a removable one; what was taken.

    `parents` maps every entity to what it lies in ("" = the document). Each answer is (from,
    to, the cycle as ids from the one that closes it).
    """
    waits: Edges = {}
    for name in parents:
        waits["<" + name] = []
        waits[">" + name] = ["<" + name]
    for name, parent in parents.items():
        if parent in parents:
            waits["<" + name].append("<" + parent)
            waits[">" + parent].append(">" + name)
    for name, targets in needs.items():
        if name in parents:
            waits["<" + name].extend(">" + target for target in targets)

    def is_dependency(source: str, target: str) -> bool:
        # Only a dependency leads from a start to an end.
        return source[0] != target[0] == ">" and (
            removable is None or removable(source[1:], target[1:])
        )

    taken: list[Cycle] = []
    for source, target, path in break_cycles(waits, is_dependency):
        gone, names = target[1:], [node[1:] for node in path]
        needs[source[1:]] = [need for need in needs[source[1:]] if need != gone]
        shown = [name for name, last in zip(names, ["", *names], strict=False) if name != last]
        taken.append((source[1:], gone, shown))
    return taken


def break_cycles(edges: Edges, removable: Removable | None = None) -> list[Cycle]:
    """Take edges out of `edges` until no cycle has a removable one; what was taken.

    Depth first in the order given, so that equal inputs lose equal edges: in each cycle the
    edge that closes it goes, or the nearest removable one before it. Each answer is (from,
    to, the cycle as a path that ends where it begins).
    """
    taken: list[Cycle] = []
    gone: set[tuple[str, str]] = set()
    finished: set[str] = set()
    for start in edges:
        if start not in finished:
            _search(start, edges, removable, finished, gone, taken)
    for source in {source for source, _ in gone}:
        edges[source] = [target for target in edges[source] if (source, target) not in gone]
    return taken


def _search(
    start: str,
    edges: Edges,
    removable: Removable | None,
    finished: set[str],
    gone: set[tuple[str, str]],
    taken: list[Cycle],
) -> None:
    path = [start]
    place = {start: 0}
    pending: list[Iterator[str]] = [iter(edges[start])]
    while pending:
        target = next(pending[-1], None)
        if target is None:
            pending.pop()
            finished.add(path[-1])
            del place[path.pop()]
        elif (path[-1], target) in gone:
            continue
        elif target in place:
            cycle = [*path[place[target] :], target]
            for step in range(len(cycle) - 2, -1, -1):
                pair = (cycle[step], cycle[step + 1])
                if removable is None or removable(*pair):
                    gone.add(pair)
                    taken.append((*pair, cycle))
                    # Go back to where the edge begins; what was not finished is met again.
                    behind = place[pair[0]] + 1
                    for left in path[behind:]:
                        del place[left]
                    del path[behind:], pending[behind:]
                    break
        elif target not in finished and target in edges:
            place[target] = len(path)
            path.append(target)
            pending.append(iter(edges[target]))
