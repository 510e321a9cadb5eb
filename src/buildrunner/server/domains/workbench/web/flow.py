"""The page Flow: the dependency graph, and what its drawer tells of a node."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.ui.visitor import signed_in, wants_fragment
from buildrunner.spec.document import Entity
from buildrunner.spec.graph import MISSING, Graph
from buildrunner.spec.ids import resolve

_MOST = 100


@never_cache
@require_GET
def flow(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The page; the graph itself is fetched from the API, so that a change fetches only that."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = {
            "project": get_project(access),
            "base": f"/projects/{project_id}/flow",
            "plan_base": f"/projects/{project_id}/plan",
            "source": f"/api/projects/{project_id}/flow",
            "revision": plans.read_head(access).revision,
        }
    return render(request, "workbench/flow.html", context)


@never_cache
@require_GET
def item(request: HttpRequest, project_id: UUID, entity_id: str) -> HttpResponse:
    """What the drawer tells of a milestone or microstep; without a script, the page with it."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        plan = plans.read_plan(access).plan()
        entity = resolve(plan, entity_id)
        if entity is None:
            raise plans.EntityAbsent(entity_id)
        if not wants_fragment(request):
            place = f"/projects/{project_id}/flow?node={quote(entity.id, safe='')}"
            return HttpResponseRedirect(place)
        context = _told(access, plan, entity)
    return render(request, "workbench/flow_drawer.html", context)


def _told(access: ProjectAccess, plan: plans.Plan, entity: Entity) -> dict[str, Any]:
    graph = Graph(plan)
    row = next(n for n, value in enumerate(graph.values) if value is entity.value)
    above = graph.entity(row).above
    value = entity.value
    needs = [graph.entity(one) for one in graph.needs.get(row, ()) if one != MISSING]
    followers = graph.dependents(entity.id)
    found = workbench.read_flow(access)
    node = next((one for one in found.nodes if one.id == entity.id), None)
    placed = (value, above.value) if entity.kind == "microstep" and above is not None else None
    path = quote(entity.id, safe="")
    return {
        "entity": entity,
        "title": value.get("title") or entity.id,
        "node": node,
        "flags": [found.flags[code] for code in node.flags] if node else [],
        "trail": _trail(graph, row),
        "criteria": _texts(value.get("criteria")),
        "links": [link for link in map(_link, _members(value.get("links"))) if link],
        "needs": [_linked(graph, one) for one in needs[:_MOST]],
        "missing": graph.missing.get(row, []),
        "followers": [_linked(graph, one) for one in followers[:_MOST]],
        "more_followers": max(0, len(followers) - _MOST),
        "proof_details": plans.proof_details(access, plan.get("projectId"), placed)
        if placed
        else None,
        "claim": next(
            (one for one in plans.list_claims(access) if one.microstep_id == entity.id), None
        ),
        "plan_item": f"/projects/{access.project_id}/plan/items/{path}",
        "tests_item": f"/projects/{access.project_id}/tests/items/{path}",
        "talk": f"/projects/{access.project_id}/discussion",
    }


def _trail(graph: Graph, row: int) -> str:
    names: list[str] = []
    row = graph.parents[row]
    while row >= 0:
        names.append(str(graph.values[row].get("title") or graph.name(row)))
        row = graph.parents[row]
    return " / ".join(reversed(names))


def _linked(graph: Graph, entity: Entity) -> dict[str, Any]:
    done = entity.value.get("status") == "done"
    if entity.kind != "microstep":
        row = next(n for n, value in enumerate(graph.values) if value is entity.value)
        done = not graph.open[row]
    status = entity.value.get("status", "todo") if entity.kind == "microstep" else ""
    return {
        "id": entity.id,
        "title": entity.value.get("title") or entity.id,
        "status": status or ("done" if done else "todo"),
    }


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [each for each in _members(value) if isinstance(each, str)]


def _link(value: Any) -> tuple[str, str] | None:
    """Address and words of a link; only those that a browser may follow safely."""
    address = value.get("url") if isinstance(value, dict) else value
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        return None
    title = value.get("title") if isinstance(value, dict) else ""
    return address, title if isinstance(title, str) and title else address
