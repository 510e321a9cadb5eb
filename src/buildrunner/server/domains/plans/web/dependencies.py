"""What an entry waits for and what waits for it; finding something to wait for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from buildrunner.server.domains.plans.facade import EntityAbsent
from buildrunner.server.domains.plans.web.outline import Entry, Milestone, Outline, Row, Step, texts
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.graph import Graph

FOUND = 12
LISTED = 50
_CHAIN = 6
_MAX_GRAPHS = 8

_graphs: OrderedDict[tuple[UUID, int], Graph] = OrderedDict()
_lock = Lock()


class Linked(NamedTuple):
    """An entry that another one names; without a title it is not in the plan."""

    id: str
    path: str
    title: str | None
    status: str
    inherited: str = ""  # the step or milestone that names it, where the entry itself does not


class Candidate(NamedTuple):
    """Something to wait for; with `circle` it cannot be, and that says why."""

    linked: Linked
    kind: str
    where: str
    circle: str = ""


@dataclass(slots=True)
class Relations:
    """`needs` are named by the entry, `inherited` by what it lies in; `affected` counts the
    microsteps that wait for it, near and far."""

    needs: list[Linked] = field(default_factory=list)
    inherited: list[Linked] = field(default_factory=list)
    dependents: list[Linked] = field(default_factory=list)
    more: int = 0
    affected: int = 0
    waiting: int = 0


def graph_of(project_id: UUID, outline: Outline) -> Graph:
    """The dependencies of a revision, kept for a while as its outline is."""
    key = (project_id, outline.revision)
    with _lock:
        found = _graphs.get(key)
        if found is None:
            found = Graph({"milestones": [milestone.value for milestone in outline.milestones]})
            for old in [other for other in _graphs if other[0] == project_id]:
                del _graphs[old]
            _graphs[key] = found
            while len(_graphs) > _MAX_GRAPHS:
                _graphs.popitem(last=False)
        return found


def relate(project_id: UUID, outline: Outline, entry: Entry) -> Relations:
    """Both sides of an entry's dependencies."""
    graph = graph_of(project_id, outline)
    found = Relations(needs=[linked(outline, other) for other in texts(entry.value, "depends_on")])
    named = {need.id for need in found.needs}
    for above in _above(entry):
        for other in texts(above.value, "depends_on"):
            if other not in named:
                found.inherited.append(linked(outline, other)._replace(inherited=above.id))
    waiting = graph.dependents(entry.id)
    found.dependents = [linked(outline, other.id) for other in waiting[:LISTED]]
    found.more = len(waiting) - len(found.dependents)
    found.affected = len(graph.affected_by(entry.id))
    found.waiting = sum(need.status != "done" for need in (*found.needs, *found.inherited))
    return found


def linked(outline: Outline, entity_id: str) -> Linked:
    """An entry as a link; a step or milestone is done when all below it is."""
    found = outline.find(entity_id)
    if found is None:
        return Linked(entity_id, "", None, "")
    if isinstance(found, Row):
        return Linked(found.id, found.path, found.title, found.status)
    counts = found.counts
    done = counts["total"] and counts["done"] == counts["total"]
    begun = counts["done"] or counts["doing"]
    return Linked(
        found.id, found.path, found.title, "done" if done else "doing" if begun else "todo"
    )


@require_GET
def candidates(request: HttpRequest, project_id: UUID, entity_id: str) -> HttpResponse:
    """What fits the words `q`, as options of the picker."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        entry = outline.find(entity_id) if outline else None
        if outline is None or entry is None:
            raise EntityAbsent(entity_id)
        words = " ".join(request.GET.get("q", "").split())[:200]
        graph = graph_of(project_id, outline)
    found = search(outline, graph, entry, words)
    context = {"found": found, "words": words}
    return render(request, "plans/parts/drawer/candidates.html", context)


def search(outline: Outline, graph: Graph, entry: Entry, words: str) -> list[Candidate]:
    """The best matches by id and title, an exact id first; each with the circle it would close."""
    asked = words.casefold()
    parts = asked.split()
    taken = {entry.id, *texts(entry.value, "depends_on")}
    ranked: list[tuple[int, int, Entry]] = []
    for place, other in enumerate(outline.entries.values()):
        if other.id in taken:
            continue
        name = other.id.casefold()
        if all(part in name or part in other.title.casefold() for part in parts):
            near = 0 if name == asked else 1 if asked and name.startswith(asked) else 2
            ranked.append((near, place, other))
    if not parts:  # nothing typed: what stands nearby in the plan
        here = list(outline.entries).index(entry.id)
        ranked.sort(key=lambda item: (abs(item[1] - here), item[1]))
    else:
        ranked.sort(key=lambda item: item[:2])
    return [_candidate(outline, graph, entry, other) for _, _, other in ranked[:FOUND]]


def _candidate(outline: Outline, graph: Graph, entry: Entry, other: Entry) -> Candidate:
    circle = graph.circle_with(entry.id, other.id)
    where = "" if isinstance(other, Milestone) else other.milestone.title
    return Candidate(
        linked(outline, other.id), other.kind, where, in_words(circle) if circle else ""
    )


def in_words(circle: list[str]) -> str:
    """A circle as a chain: `a → b → c → a`."""
    shown = circle if len(circle) <= _CHAIN else [*circle[: _CHAIN - 1], "…", circle[-1]]
    return " → ".join([*shown, circle[0]])


def _above(entry: Entry) -> list[Step | Milestone]:
    if isinstance(entry, Row):
        return [entry.step, entry.milestone]
    return [entry.milestone] if isinstance(entry, Step) else []
