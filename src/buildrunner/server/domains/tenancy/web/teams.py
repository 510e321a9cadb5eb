"""The teams of an organization: a list, and one team with its members."""

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
from buildrunner.server.platform.errors import Conflict, DomainError, Invalid, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

SHOWN = 200
OTHERS = 500


@never_cache
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """All teams; POST makes one."""
    actor = signed_in(request)
    context: dict[str, Any] = {"org_id": org_id}
    status = 200
    if request.method == "POST":
        tenancy.get_organization(actor, org_id)
        try:
            made = tenancy.create_team(
                actor,
                org_id,
                name=request.POST.get("name", ""),
                title=request.POST.get("title", ""),
            )
        except DomainError as error:
            if error.status not in (402, 409, 422):
                raise
            context |= refused(error, "team", request)
            status = error.status
        else:
            return back_to(f"/orgs/{org_id}/teams/{made.id}")
    view = tenancy.get_organization(actor, org_id)
    context |= {
        "organization": view,
        "manages": "member.manage" in view.permissions,
        "teams": tenancy.organization_teams(actor, org_id, limit=SHOWN),
    }
    return render(request, "tenancy/teams.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, org_id: UUID, team_id: UUID) -> HttpResponse:
    """One team; POST gives it another name or title."""
    actor = signed_in(request)
    view = tenancy.get_organization(actor, org_id)
    found = tenancy.get_team(actor, org_id, team_id)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            tenancy.change_team(
                actor,
                org_id,
                team_id,
                name=request.POST.get("name", ""),
                title=request.POST.get("title", ""),
            )
        except (Invalid, Conflict) as error:
            context = refused(error, "team", request)
            status = error.status
        else:
            messages.success(request, "The team is changed.")
            return back_to(_home(org_id, team_id))
    inside = tenancy.team_members(actor, org_id, team_id)
    ids = {one.person_id for one in inside}
    manages = "member.manage" in view.permissions
    context = {
        "org_id": org_id,
        "organization": view,
        "team": found,
        "inside": inside,
        "me": actor.person_id,
        "manages": manages,
        "others": _others(actor, org_id, ids) if manages else [],
        **context,
    }
    return render(request, "tenancy/team.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, org_id: UUID, team_id: UUID) -> HttpResponse:
    """Put somebody into a team."""
    actor = signed_in(request)
    tenancy.get_team(actor, org_id, team_id)
    if request.method == "GET":
        return HttpResponseRedirect(_home(org_id, team_id))
    try:
        person_id = UUID(request.POST.get("person_id", ""))
    except ValueError:
        messages.error(request, "Choose who joins the team.")
        return back_to(_home(org_id, team_id))
    return done(
        request,
        lambda: tenancy.add_team_member(actor, org_id, team_id, person_id),
        "The team has one more member.",
        _home(org_id, team_id),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, org_id: UUID, team_id: UUID) -> HttpResponse:
    """Remove a team; GET asks first."""
    actor = signed_in(request)
    found = tenancy.get_team(actor, org_id, team_id)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.remove_team(actor, org_id, team_id),
            f"The team {found.name} is removed.",
            f"/orgs/{org_id}/teams",
        )
    return ask(
        request,
        title=f"Remove the team {found.title}",
        body=f"@team:{found.name} means nobody any more, and a policy that names it waits for "
        "somebody else. Its members stay in the organization.",
        button="Remove team",
        back=_home(org_id, team_id),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def take_out(request: HttpRequest, org_id: UUID, team_id: UUID, person_id: UUID) -> HttpResponse:
    """Take somebody out of a team, or leave."""
    actor = signed_in(request)
    inside = tenancy.team_members(actor, org_id, team_id)
    if request.method == "GET":
        return HttpResponseRedirect(_home(org_id, team_id))
    if all(one.person_id != person_id for one in inside):
        raise NotFound("This person is not in the team.", code="member_not_found")
    return done(
        request,
        lambda: tenancy.remove_team_member(actor, org_id, team_id, person_id),
        "The team has one member less.",
        _home(org_id, team_id),
    )


def _others(actor: Actor, org_id: UUID, inside: set[UUID]) -> list[tuple[UUID, str]]:
    people = tenancy.organization_members(actor, org_id, limit=OTHERS)
    services = tenancy.service_accounts(actor, org_id, limit=OTHERS)
    found = [(one.person_id, one.name) for one in people]
    found += [(one.id, one.name) for one in services]
    return [one for one in found if one[0] not in inside]


def _home(org_id: UUID, team_id: UUID) -> str:
    return f"/orgs/{org_id}/teams/{team_id}"
