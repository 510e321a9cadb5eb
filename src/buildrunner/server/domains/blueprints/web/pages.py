"""The gallery of a project, and one blueprint in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in

SOURCES = (
    ("", "All"),
    ("shipped", "Shipped"),
    ("organization", "Your organization"),
    ("public", "Public"),
)
SORTS = (
    ("popular", "Most applied"),
    ("rating", "Best rated"),
    ("newest", "Newest"),
    ("title", "By title"),
)
APPLIED = 10


@never_cache
@require_GET
def gallery(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Everything to choose from; search, tag, source and order are in the address."""
    asked = {
        "search": request.GET.get("search", "")[:200],
        "tag": request.GET.get("tag", "")[:64],
        "source": _one_of(request.GET.get("source", ""), SOURCES),
        "sort": _one_of(request.GET.get("sort", ""), SORTS),
    }
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        _, plan = blueprints.standing(access)
        everything = blueprints.gallery(access, plan=plan)
        context: dict[str, Any] = {
            "project": get_project(access),
            "org_id": access.org_id,
            "home": f"/projects/{project_id}/templates",
            "asked": asked,
            "views": blueprints.gallery(access, plan=plan, **asked),
            "count": len(everything),
            "tags": blueprints.tags_of(everything),
            "sources": SOURCES,
            "sorts": SORTS,
            "applied": blueprints.installations(access, limit=APPLIED),
            "writes": "plan.write" in access.permissions,
            "publishes": blueprints.publishes(access),
        }
    context["offered"], context["trouble"] = _marketplace(asked["search"])
    return render(request, "blueprints/gallery.html", context)


def _marketplace(search: str) -> tuple[list[blueprints.MarketplaceEntry], str]:
    """What the operator's index offers; its trouble is told and stops nothing."""
    try:
        found = blueprints.marketplace()
    except DomainError as refusal:
        return [], refusal.detail
    words = search.casefold().split()
    return [
        one
        for one in found
        if all(
            word in f"{one.name} {one.title} {one.summary} {' '.join(one.tags)}".casefold()
            for word in words
        )
    ], ""


def _one_of(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    return text if any(text == name for name, _ in pairs) else pairs[0][0]


@never_cache
@require_GET
def blueprint(request: HttpRequest, project_id: UUID, blueprint_id: UUID) -> HttpResponse:
    """Its versions, its parameters, and the work it brings."""
    actor = signed_in(request)
    version = request.GET.get("version", "")[:100]
    with project_scope(actor, project_id, "plan.read") as access:
        found = blueprints.detail(access, blueprint_id, version=version, person_id=actor.person_id)
        _, plan = blueprints.standing(access)
        known = {view.id: view for view in blueprints.gallery(access, plan=plan)}
        context = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/templates",
            "here": f"/projects/{project_id}/templates/{blueprint_id}",
            "found": found,
            "view": known.get(blueprint_id, found.view),
            "document": found.document,
            "counts": blueprints.counts_of(found.document),
            "writes": "plan.write" in access.permissions,
            "stars": range(1, 6),
        }
    return render(request, "blueprints/blueprint.html", context)


@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, project_id: UUID, blueprint_id: UUID) -> HttpResponse:
    """One to five stars."""
    actor = signed_in(request)
    here = f"/projects/{project_id}/templates/{blueprint_id}"
    with project_scope(actor, project_id, "plan.read") as access:
        blueprints.detail(access, blueprint_id)
    if request.method == "GET":
        return HttpResponseRedirect(here)
    stars = request.POST.get("stars", "")
    try:
        blueprints.rate(
            actor, project_id, blueprint_id, stars=int(stars) if stars.isdecimal() else 0
        )
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, f"Rated {stars} of 5.")
    return HttpResponseRedirect(here, status=303)
