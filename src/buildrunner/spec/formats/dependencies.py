"""Dependencies of an import: references to ids, tasks to microsteps, cycles broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buildrunner.spec.formats.outline import Item, Note, Outline

Edges = dict[str, list[str]]
Removable = Callable[[str, str], bool]

#: A dependency between two groups of microsteps that needs more edges than this is left out.
MAX_FAN = 10_000


class Group:
    """The microsteps below a step or milestone: the first to start and the last to finish.

    A dependency on the group waits for the last ones; a dependency of the group holds back
    the first ones: everything between follows from the order inside.
    """

    __slots__ = ("first", "last")

    def __init__(self, item: Item) -> None:
        members = [below for below in item.walk() if below.kind == "microstep"]
        inside = {member.reference for member in members}
        waited_for = {need for member in members for need in member.needs or () if need in inside}
        # A cycle inside leaves no first and no last: then everything is both.
        self.last = [
            member.reference for member in members if member.reference not in waited_for
        ] or [member.reference for member in members]
        self.first = [
            member.reference
            for member in members
            if not any(need in inside for need in member.needs or ())
        ] or [member.reference for member in members]


class Resolver:
    """One outline's references."""

    def __init__(self, outline: Outline, known: Callable[[str], str | None]) -> None:
        self.outline = outline
        self.known = known
        self.items: dict[str, Item] = {}
        self.above: dict[str, tuple[str, ...]] = {}
        self.groups: dict[str, Group] = {}
        for top in outline.items:
            self._register(top, ())

    def _register(self, item: Item, path: tuple[str, ...]) -> None:
        self.items.setdefault(item.reference, item)
        self.above[item.reference] = path
        for child in item.children:
            self._register(child, (*path, item.reference))

    def _group(self, reference: str) -> Group:
        if reference not in self.groups:
            self.groups[reference] = Group(self.items[reference])
        return self.groups[reference]

    def edges(self) -> Edges:
        """Reference of a microstep → what it waits for, unbroken cycles included."""
        wanted: dict[str, dict[str, None]] = {}
        for item in self.outline.walk():
            if item.needs is None:
                continue
            grouped = item.kind != "microstep"
            first = self._group(item.reference).first if grouped else [item.reference]
            for holder in first:
                wanted.setdefault(holder, {})
            for need in item.needs:
                targets = self._targets(item, need)
                if len(targets) * len(first) > MAX_FAN:
                    self._drop(item, need, f"would take {len(targets) * len(first):,} edges")
                    continue
                for holder in first:
                    wanted[holder].update(dict.fromkeys(targets))
        return {holder: list(targets) for holder, targets in wanted.items()}

    def _targets(self, item: Item, need: str) -> list[str]:
        if need == item.reference or need in self.above[item.reference]:
            self._drop(item, need, "is the item itself or holds it")
            return []
        target = self.items.get(need)
        if target is None:
            found = self.known(need)
            if found is None:
                self._drop(item, need, "is not in the source")
                return []
            return [found]
        if item.reference in self.above[need]:
            self._drop(item, need, "lies inside the item")
            return []
        return [need] if target.kind == "microstep" else self._group(need).last

    def _drop(self, item: Item, need: str, why: str) -> None:
        self.outline.notes.append(
            Note(
                "dependency_dropped",
                f"{item.label} waits for {need.removeprefix('#')}, which {why}; that dependency is left out",
                line=item.line,
                dropped=True,
            )
        )


def resolve(outline: Outline, known: Callable[[str], str | None]) -> Edges:
    """Reference of a microstep → references it waits for, without duplicates and cycles.

    Only microsteps of which the source says something are in the answer. `known` gives the
    id of what is not in the source but in the plan, else None. Whatever cannot be kept is
    noted as dropped.
    """
    resolver = Resolver(outline, known)
    edges = resolver.edges()
    for source, target, cycle in break_cycles(edges):
        item = resolver.items.get(source)
        outline.drop(
            "dependency_cycle", cycle_message(source, target, cycle), item.line if item else None
        )
    return edges


def cycle_message(source: str, target: str, cycle: list[str]) -> str:
    """One line about an edge that `break_cycles` took."""
    shown = cycle if len(cycle) <= 12 else [*cycle[:6], "…", *cycle[-5:]]
    return (
        f"{source} waits for {target}, which closes the cycle {' → '.join(shown)}; "
        "that dependency is left out"
    )


def break_cycles(
    edges: Edges, removable: Removable | None = None
) -> list[tuple[str, str, list[str]]]:
    """Take edges out of `edges` until no cycle has a removable one; what was taken.

    Depth first in the order given, so that equal inputs lose equal edges: in each cycle the
    edge that closes it goes, or the nearest removable one before it. Each answer is (from,
    to, the cycle as a path that ends where it begins).
    """
    taken: list[tuple[str, str, list[str]]] = []
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
    taken: list[tuple[str, str, list[str]]],
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
        elif target in place:
            cycle = [*path[place[target] :], target]
            for step in range(len(cycle) - 2, -1, -1):
                pair = (cycle[step], cycle[step + 1])
                if removable is None or removable(*pair):
                    gone.add(pair)
                    taken.append((*pair, cycle))
                    # Go back to where the edge begins; what was not finished is met again.
                    for left in path[place[pair[0]] + 1 :]:
                        del place[left]
                    del path[place[pair[0]] + 1 :]
                    del pending[len(path) :]
                    break
        elif target not in finished and target in edges and (path[-1], target) not in gone:
            place[target] = len(path)
            path.append(target)
            pending.append(iter(edges[target]))
