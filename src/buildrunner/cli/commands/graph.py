"""`br graph`: what can be done now, what waits for it, and the way that takes longest."""

from __future__ import annotations

from buildrunner.cli.errors import usage
from buildrunner.cli.layout import flat
from buildrunner.cli.subjects import entity_of
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import LEVELS, MISSING, Graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from buildrunner.cli.context import Context
    from buildrunner.cli.output import Output
    from buildrunner.spec.document import Entity

_CHAINS = 3


def run_graph(context: Context) -> int:
    """Print the part of the graph that was asked for."""
    arguments, out = context.arguments, context.out
    _, plan = context.workspace.read()
    kind = arguments.text("format") or "tree"
    if kind in ("mermaid", "dot"):
        return _export(out, plan, kind)
    graph = Graph(plan)
    views = [name for name in ("ready", "blocked", "critical-path") if arguments.flag(name)]
    affected = arguments.text("affected")
    if len(views) + bool(affected) > 1:
        raise usage("choose one of --ready, --blocked, --critical-path and --affected")
    if affected:
        return _affected(out, graph, entity_of(plan, affected))
    if kind == "json" or out.json:
        return _as_json(context, graph)
    if "ready" in views:
        return _rows(out, graph.ready(), "nothing is ready")
    if "blocked" in views:
        return _blocked(out, graph)
    if "critical-path" in views:
        return _critical(out, graph)
    identifier = arguments.text("ID")
    if identifier:
        return _around(out, graph, entity_of(plan, identifier))
    return _whole(out, graph)


def _export(out: Output, plan: dict[str, Any], kind: str) -> int:
    from buildrunner.spec.formats import write

    text = write(plan, kind)
    out.emit({"format": kind, "text": text})
    out.raw(text)
    return 0


def _as_json(context: Context, graph: Graph) -> int:
    import json

    try:
        path: list[Entity] | None = graph.critical_path()
    except SpecError:
        path = None
    waiting = _waiting(graph)
    answer = {
        "ready": [entity.id for entity in graph.ready()],
        "waiting": [{"id": e.id, "blocked_by": graph.blocked_by(e.id, _CHAINS)} for e in waiting],
        "critical_path": None if path is None else [_weighted(entity) for entity in path],
        "cycles": graph.cycles(),
        "edges": [
            {"from": graph.name(target), "to": graph.name(row)}
            for row, targets in graph.needs.items()
            for target in targets
            if target != MISSING
        ],
        "missing": [
            {"id": graph.name(row), "depends_on": names} for row, names in graph.missing.items()
        ],
    }
    if context.out.json:
        context.out.emit(answer)
    else:
        context.out.raw(json.dumps(answer, indent=2) + "\n")
    return 0


def _weighted(entity: Entity) -> dict[str, Any]:
    effort = entity.value.get("effort_points")
    return {"id": entity.id, "title": entity.value.get("title"), "effort_points": effort}


def _waiting(graph: Graph) -> list[Entity]:
    ready = {entity.id for entity in graph.ready()}
    return [
        graph.entity(row)
        for row, value in enumerate(graph.values)
        if graph.levels[row] == 2
        and value.get("status", "todo") == "todo"
        and graph.name(row) not in ready
    ]


def _rows(out: Output, entities: list[Entity], otherwise: str) -> int:
    from buildrunner.cli.commands.look import print_rows

    print_rows(out, entities)
    if not entities:
        out.note(otherwise)
    return 0


def _affected(out: Output, graph: Graph, entity: Entity) -> int:
    found, freed = graph.affected_by(entity.id), graph.unblocks(entity.id)
    out.emit(
        {
            "id": entity.id,
            "affected": [each.id for each in found],
            "unblocks": [each.id for each in freed],
        }
    )
    if out.json:
        return 0
    out.note(
        f"a change of {entity.id} affects {len(found)}; when it is done, {len(freed)} become ready"
    )
    return _rows(out, found, f"nothing waits for {entity.id}")


def _blocked(out: Output, graph: Graph) -> int:
    arrow = out.pick(" ← ", " <- ")
    waiting = _waiting(graph)
    for entity in waiting:
        chains = graph.blocked_by(entity.id, _CHAINS)
        out.data(f"{out.glyph('todo')} {entity.id}  {flat(entity.value.get('title'))}")
        for chain in chains:
            out.data(f"    {arrow}{arrow.join(chain)}".rstrip())
    if not waiting:
        out.note("nothing waits for anything")
    return 0


def _critical(out: Output, graph: Graph) -> int:
    path = graph.critical_path()
    total = 0.0
    for entity in path:
        effort = entity.value.get("effort_points")
        number = float(effort) if isinstance(effort, (int, float)) and effort > 0 else 1.0
        total += number
        sign = out.glyph(entity.value.get("status", "todo"))
        out.data(f"{sign} {number:>4g}  {entity.id}  {flat(entity.value.get('title'))}")
    out.note(f"effort {total:g}, {len(path)} of the microsteps, one after the other")
    return 0


class _Tree:
    """Draws who waits for whom, every entity once."""

    def __init__(self, out: Output, graph: Graph, edges: dict[int, list[int]]) -> None:
        self.out = out
        self.graph = graph
        self.edges = edges
        self.drawn: set[int] = set()

    def draw(self, row: int) -> None:
        """A row and what lies behind it; iterative, since chains may be long."""
        fork, last, pipe, gap = (
            ("├─ ", "└─ ", "│  ", "   ") if self.out.unicode else ("|- ", "`- ", "|  ", "   ")
        )
        todo: list[tuple[int, str, str]] = [(row, "", "")]
        while todo:
            at, lead, below = todo.pop()
            seen = at in self.drawn
            self.out.data(f"{lead}{self._label(at, seen)}")
            if seen:
                continue
            self.drawn.add(at)
            children = self.edges.get(at, [])
            for place, child in reversed(list(enumerate(children))):
                end = place == len(children) - 1
                todo.append(
                    (child, below + (last if end else fork), below + (gap if end else pipe))
                )

    def _label(self, row: int, seen: bool) -> str:
        value = self.graph.values[row]
        level = LEVELS[self.graph.levels[row]]
        status = "done" if not self.graph.open[row] else value.get("status", "todo")
        sign = self.out.glyph(status) if level == "microstep" else self.out.paint(level, "dim")
        name = f"{sign} {self.graph.name(row)}"
        if seen:
            return name + self.out.paint("  (see above)", "dim")
        return f"{name}  {flat(value.get('title'))}"


def _followers(graph: Graph) -> dict[int, list[int]]:
    """Row → rows that directly wait for it and are open; a part of the plan leads to its inside."""
    found: dict[int, list[int]] = {}
    for row, targets in graph.needs.items():
        if not graph.open[row]:
            continue
        for target in targets:
            if target != MISSING:
                found.setdefault(target, []).append(row)
    for row in graph.needs:
        if graph.levels[row] < 2 and graph.open[row]:
            inside = [r for r, p in enumerate(graph.parents) if p == row and graph.open[r]]
            found.setdefault(row, []).extend(inside)
    return found


def _whole(out: Output, graph: Graph) -> int:
    tree = _Tree(out, graph, _followers(graph))
    ready = {id(entity.value) for entity in graph.ready()}
    groups: dict[str, list[int]] = {"Ready": [], "In progress": [], "Blocked": []}
    for row, value in enumerate(graph.values):
        if graph.levels[row] != 2:
            continue
        status = value.get("status", "todo")
        if id(value) in ready:
            groups["Ready"].append(row)
        elif status == "doing":
            groups["In progress"].append(row)
        elif status == "blocked":
            groups["Blocked"].append(row)
    inner = _reached(groups, tree.edges)
    for title, rows in groups.items():
        _section(out, title, [row for row in rows if row not in inner], tree)
    waiting = {id(entity.value) for entity in _waiting(graph)}
    rest = [row for row, value in enumerate(graph.values) if id(value) in waiting]
    _section(out, "Waiting in a circle, or for what is not there",
             [row for row in rest if row not in tree.drawn], tree)  # fmt: skip
    if not tree.drawn:
        out.note("nothing is open")
    return 0


def _reached(groups: dict[str, list[int]], edges: dict[int, list[int]]) -> set[int]:
    """Rows of the groups that will be drawn below another one anyway."""
    starts = {row for rows in groups.values() for row in rows}
    return {child for row in starts for child in edges.get(row, ())} & starts


def _section(out: Output, title: str, rows: Iterable[int], tree: _Tree) -> None:
    rows = list(rows)
    if not rows:
        return
    if tree.drawn:
        out.data("")
    out.data(out.paint(f"{title} ({len(rows)})", "bold"))
    for row in rows:
        tree.draw(row)


def _around(out: Output, graph: Graph, entity: Entity) -> int:
    """What an entity waits for, and what waits for it."""
    row = next(r for r, value in enumerate(graph.values) if value is entity.value)
    needs = {r: [t for t in targets if t != MISSING] for r, targets in graph.needs.items()}
    for title, edges in (("Waits for", needs), ("Needed by", _followers(graph))):
        out.data(out.paint(title, "bold"))
        _Tree(out, graph, edges).draw(row)
    return 0
