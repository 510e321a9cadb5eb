"""The publisher's page of an organization, and publishing parts of a project's plan."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.domains.blueprints.web import forms
from buildrunner.server.domains.tenancy.facade import (
    get_project,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in


@never_cache
@require_http_methods(["GET", "POST"])
def publisher(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """What the organization published, with its figures; POST publishes a version."""
    actor = signed_in(request)
    with organization_scope(actor, org_id):
        pass
    if request.method == "GET":
        return _show(request, actor, org_id)
    try:
        text, url = forms.document_of(request)
        found = blueprints.publish(
            actor,
            org_id,
            document=text,
            url=url,
            visibility=request.POST.get("visibility") or None,
        )
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        return _show(request, actor, org_id, trouble=refusal)
    version = found.versions[0].version
    messages.success(request, f"{found.view.title} {version} is published.")
    return HttpResponseRedirect(f"/orgs/{org_id}/blueprints", status=303)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, org_id: UUID, blueprint_id: UUID) -> HttpResponse:
    """Change who sees it, or withdraw it."""
    actor = signed_in(request)
    home = f"/orgs/{org_id}/blueprints"
    with organization_scope(actor, org_id) as access:
        title = blueprints.own_title(access, blueprint_id)
    if request.method == "GET":
        return HttpResponseRedirect(home)
    if request.POST.get("act") == "withdraw":
        blueprints.withdraw(actor, org_id, blueprint_id)
        messages.success(request, f"{title} is withdrawn. Plans that have it keep it.")
        return HttpResponseRedirect(home, status=303)
    try:
        found = blueprints.set_visibility(
            actor, org_id, blueprint_id, visibility=request.POST.get("visibility", "")
        )
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, f"{title} is {found.view.visibility} now.")
    return HttpResponseRedirect(home, status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def from_plan(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Milestones of this plan as a blueprint; POST publishes it."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("blueprint.publish")
        _, plan = blueprints.standing(access)
        typed = request.POST
        context: dict[str, Any] = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/templates",
            "milestones": [m for m in plan.get("milestones", []) if isinstance(m, dict)],
            "typed": typed,
            "chosen": typed.getlist("milestone") or request.GET.getlist("milestone"),
            "visibilities": blueprints.VISIBILITIES,
        }
        org_id = access.org_id
    if request.method == "GET":
        return render(request, "blueprints/from_plan.html", context)
    try:
        document = blueprints.export_plan(
            actor,
            project_id,
            ids=typed.getlist("milestone"),
            name=typed.get("name", "").strip(),
            title=typed.get("title", "").strip(),
            version=typed.get("version", "").strip() or "1.0.0",
            summary=typed.get("summary", "").strip(),
        )
        found = blueprints.publish(
            actor,
            org_id,
            document=json.dumps(document, indent=2, ensure_ascii=False),
            visibility=typed.get("visibility") or None,
            project_id=project_id,
        )
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        context["trouble"] = refusal
        return render(request, "blueprints/from_plan.html", context, status=refusal.status)
    messages.success(request, f"{found.view.title} {found.versions[0].version} is published.")
    return HttpResponseRedirect(f"/projects/{project_id}/templates/{found.view.id}", status=303)


def _show(
    request: HttpRequest, actor: Actor, org_id: UUID, *, trouble: DomainError | None = None
) -> HttpResponse:
    with organization_scope(actor, org_id) as access:
        context = {
            "org_id": org_id,
            "home": f"/orgs/{org_id}/blueprints",
            "views": blueprints.publications(access),
            "publishes": blueprints.publishes(access),
            "visibilities": blueprints.VISIBILITIES,
            "typed": request.POST,
            "trouble": trouble,
            "findings": trouble.extensions.get("findings", []) if trouble else [],
        }
    status = trouble.status if trouble else 200
    return render(request, "blueprints/publisher.html", context, status=status)
