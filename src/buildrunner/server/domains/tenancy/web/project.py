"""A project's settings: title, archive, members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rules import PROJECT_ROLES, ROLE_WORDS
from buildrunner.server.domains.tenancy.web.asking import ask, back_to, done, refused
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

MOST = 200
WORDS = {
    "pm": "everything in the project",
    "techlead": "changes the plan, claims work",
    "qa": "reads; checks and sign-off will be theirs",
    "contributor": "changes the plan, claims work",
    "viewer": "reads",
}


@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The settings; POST changes the title."""
    actor = signed_in(request)
    if request.method == "POST":
        try:
            tenancy.rename_project(actor, project_id, title=request.POST.get("title", ""))
        except (Invalid, Conflict) as error:
            return _show(request, actor, project_id, refused(error, "title", request), error.status)
        messages.success(request, "The title is saved.")
        return back_to(_home(project_id))
    return _show(request, actor, project_id)


@never_cache
@require_http_methods(["GET", "POST"])
def archive(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Put the project away; GET asks first."""
    actor = signed_in(request)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.archive_project(actor, project_id),
            "The project is archived: everybody can read it, nobody can change it.",
            _home(project_id),
        )
    with tenancy.project_scope(actor, project_id, "project.manage") as access:
        title = access.title
    return ask(
        request,
        title=f"Archive {title}",
        body="It leaves the lists and becomes read-only for everybody and for every key. You can "
        "take it out again here.",
        button="Archive project",
        back=_home(project_id),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def unarchive(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Take the project out of the archive."""
    actor = signed_in(request)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.unarchive_project(actor, project_id),
            "The project can be changed again.",
            _home(project_id),
        )
    return _show(request, actor, project_id)


@never_cache
@require_http_methods(["GET", "POST"])
def set_member(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Give somebody a role, or another one."""
    actor = signed_in(request)
    if request.method == "GET":
        return _show(request, actor, project_id)
    try:
        person_id = UUID(request.POST.get("person_id", ""))
    except ValueError:
        error = Invalid("Choose a member of the organization.", code="member", field="person_id")
        return _show(request, actor, project_id, refused(error, "member", request), error.status)
    role = request.POST.get("role", "")
    return done(
        request,
        lambda: tenancy.set_project_member(actor, project_id, person_id=person_id, role=role),
        "The role is set.",
        _home(project_id),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def remove_member(request: HttpRequest, project_id: UUID, person_id: UUID) -> HttpResponse:
    """Take a role away; GET asks first."""
    actor = signed_in(request)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.remove_project_member(actor, project_id, person_id=person_id),
            "The role is taken away. Claims held here have ended.",
            _home(project_id),
        )
    found = tenancy.project_members(actor, project_id)
    person = next((one for one in found if one.person_id == person_id), None)
    if person is None:
        raise NotFound("This person has no role in the project.", code="member_not_found")
    return ask(
        request,
        title=f"Remove {person.name}",
        body=f"{person.name} loses the role {ROLE_WORDS[person.role]} in this project, and the "
        "claims held in it. The membership in the organization stays.",
        button="Remove from the project",
        back=_home(project_id),
    )


def _show(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    with tenancy.project_scope(actor, project_id) as access:
        view = tenancy.get_project(access)
        permissions = access.permissions
    found = tenancy.project_members(actor, project_id)
    manages = "member.manage" in permissions
    others: list[tuple[UUID, str, str]] = []
    if manages:
        held = {one.person_id for one in found}
        people = tenancy.organization_members(actor, view.org_id, limit=MOST)
        robots = tenancy.service_accounts(actor, view.org_id, limit=MOST)
        others = [(one.person_id, one.name, one.email) for one in people]
        others += [(one.id, one.name, "service account") for one in robots]
        others = [one for one in others if one[0] not in held]
    context = {
        "project": view,
        "project_id": project_id,
        "role_word": ROLE_WORDS.get(view.role, view.role),
        "configures": "project.manage" in permissions,
        "manages": manages,
        "people": found,
        "others": others,
        "roles": [(role, ROLE_WORDS[role], WORDS[role]) for role in PROJECT_ROLES],
        **(context or {}),
    }
    return render(request, "tenancy/project.html", context, status=status)


def _home(project_id: UUID) -> str:
    return f"/projects/{project_id}/settings"
