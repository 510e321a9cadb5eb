"""The agents of an organization."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.web.asking import ask, back_to, done, refused
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

SHOWN = 200


@never_cache
@require_http_methods(["GET", "POST"])
def agents(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """All of them; POST makes one and shows its key once."""
    actor = signed_in(request)
    tenancy.get_organization(actor, org_id)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            project = _uuid(request.POST.get("project_id", ""), "project_id")
            made, key = tenancy.create_agent(
                actor, org_id, name=request.POST.get("name", ""), project_id=project
            )
        except (Invalid, Conflict, NotFound) as error:
            context = refused(error, "agent", request)
            status = error.status
        else:
            context = {"made": made, "key": key}
    return _show(request, actor, org_id, context, status)


@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, org_id: UUID, agent_id: UUID) -> HttpResponse:
    """Say who answers for an agent."""
    actor = signed_in(request)
    tenancy.get_organization(actor, org_id)
    if request.method == "GET":
        return HttpResponseRedirect(f"/orgs/{org_id}/agents")
    try:
        owner = _uuid(request.POST.get("owner_id", ""), "owner_id")
        tenancy.change_agent(actor, org_id, agent_id, owner_id=owner)
        messages.success(request, "Somebody else answers for the agent now.")
    except (Invalid, Conflict) as error:
        messages.error(request, error.detail)
    return back_to(f"/orgs/{org_id}/agents")


@never_cache
@require_http_methods(["GET", "POST"])
def new_key(request: HttpRequest, org_id: UUID, agent_id: UUID) -> HttpResponse:
    """Give an agent a key for a project, shown once."""
    actor = signed_in(request)
    tenancy.get_organization(actor, org_id)
    if request.method == "GET":
        return HttpResponseRedirect(f"/orgs/{org_id}/agents")
    context: dict[str, Any] = {}
    status = 200
    try:
        project = _uuid(request.POST.get("project_id", ""), "project_id")
        key = tenancy.new_agent_key(actor, org_id, agent_id, project_id=project)
        context = {"key": key}
    except (Invalid, Conflict) as error:
        context = refused(error, "key", request)
        status = error.status
    return _show(request, actor, org_id, context, status)


@never_cache
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, org_id: UUID, agent_id: UUID) -> HttpResponse:
    """Take an agent out; GET asks first."""
    actor = signed_in(request)
    home = f"/orgs/{org_id}/agents"
    tenancy.get_organization(actor, org_id)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.remove_service_account(actor, org_id, agent_id),
            "The agent is removed and its keys are revoked.",
            home,
        )
    found = next(
        (one for one in tenancy.agents(actor, org_id, limit=SHOWN) if one.id == agent_id), None
    )
    if found is None:
        raise NotFound("There is no such agent.", code="service_account_not_found")
    return ask(
        request,
        title=f"Remove {found.name}",
        body="Its keys end at once. What it did stays on the record.",
        button="Remove agent",
        back=home,
    )


def _show(
    request: HttpRequest, actor: Actor, org_id: UUID, context: dict[str, Any], status: int
) -> HttpResponse:
    view = tenancy.get_organization(actor, org_id)
    manages = {"member.manage", "key.manage"} <= set(view.permissions)
    people = []
    if manages:
        people = [
            one for one in tenancy.organization_members(actor, org_id) if one.kind == "person"
        ]
    shown = {
        "org_id": org_id,
        "organization": view,
        "manages": manages,
        "may_see_usage": "usage.read" in view.permissions,
        "agents": tenancy.agents(actor, org_id, limit=SHOWN),
        "people": people,
        "projects": [
            one
            for one in tenancy.list_projects(actor, limit=100)
            if one.org_id == org_id and one.archived_at is None
        ],
        **context,
    }
    return render(request, "tenancy/agents.html", shown, status=status)


def _uuid(text: str, field: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("That is no id.", field=field) from None
