"""An organization: making one, its settings, handing it over, leaving it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rules import OWNER
from buildrunner.server.domains.tenancy.web.asking import ask, back_to, refused
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

# Seconds of a session without use.
TIMEOUTS: Final = {
    900: "15 minutes",
    3600: "1 hour",
    14400: "4 hours",
    28800: "8 hours",
    86400: "1 day",
    604800: "7 days",
    2592000: "30 days",
}
HEIRS = 200


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A form; POST makes the organization."""
    actor = signed_in(request)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            made = tenancy.create_organization(actor, name=request.POST.get("name", ""))
            messages.success(request, f"{made.name} is ready. Invite the people you work with.")
            return back_to(f"/orgs/{made.id}/members")
        except Invalid as error:
            status = error.status
            context = refused(error, "new", request)
    return render(request, "tenancy/new_organization.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """The settings; POST renames."""
    actor = signed_in(request)
    if request.method == "POST":
        try:
            tenancy.rename_organization(actor, org_id, name=request.POST.get("name", ""))
        except Invalid as error:
            return _show(request, actor, org_id, refused(error, "name", request), error.status)
        messages.success(request, "The name is saved.")
        return back_to(f"/orgs/{org_id}/settings")
    return _show(request, actor, org_id)


@never_cache
@require_POST
def security(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Change what the organization demands."""
    actor = signed_in(request)
    try:
        tenancy.change_security(
            actor,
            org_id,
            require_mfa="require_mfa" in request.POST,
            enforce_https="enforce_https" in request.POST,
            session_timeout=_number(request, "session_timeout"),
            max_login_attempts=_number(request, "max_login_attempts"),
        )
    except (Invalid, Conflict) as error:
        return _show(request, actor, org_id, refused(error, "security", request), error.status)
    messages.success(request, "The security settings are saved. They hold from the next request.")
    return back_to(f"/orgs/{org_id}/settings")


@never_cache
@require_POST
def transfer(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Hand the organization over; its name is asked for."""
    actor = signed_in(request)
    view = tenancy.get_organization(actor, org_id)
    try:
        if request.POST.get("name", "").strip() != view.name:
            raise Invalid(
                f"Type the name of the organization: {view.name}.", code="name", field="name"
            )
        tenancy.transfer_organization(actor, org_id, person_id=_heir(request))
    except (Invalid, Conflict) as error:
        return _show(request, actor, org_id, refused(error, "transfer", request), error.status)
    messages.success(request, f"{view.name} is handed over. You stay as an admin.")
    return back_to(f"/orgs/{org_id}/settings")


@never_cache
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Leave; GET asks first."""
    actor = signed_in(request)
    view = tenancy.get_organization(actor, org_id)
    back = f"/orgs/{org_id}/settings"
    if request.method == "GET":
        return ask(
            request,
            title=f"Leave {view.name}",
            body="Your roles in its projects, your keys there and your claims end. To come back you "
            "need an invitation.",
            button="Leave",
            back=back,
        )
    person_id = actor.person_id
    if person_id is None or actor.kind != "person":
        raise Forbidden("Only a person can leave.")
    try:
        tenancy.remove_org_member(actor, org_id, person_id=person_id)
    except Conflict as error:
        messages.error(request, error.detail)
        return back_to(back)
    messages.success(request, f"You have left {view.name}.")
    return back_to("/projects")


def _show(
    request: HttpRequest,
    actor: Actor,
    org_id: UUID,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    view = tenancy.get_organization(actor, org_id)
    demands = tenancy.get_security(actor, org_id)
    heirs = []
    if "org.own" in view.permissions:
        people = tenancy.organization_members(actor, org_id, limit=HEIRS)
        heirs = [one for one in people if one.person_id != actor.person_id]
    timeouts = dict(TIMEOUTS)
    timeouts.setdefault(demands.session_timeout, f"{demands.session_timeout:,} seconds")
    context = {
        "org_id": org_id,
        "organization": view,
        "manages": "org.manage" in view.permissions,
        "owns": "org.own" in view.permissions,
        "last_owner": view.role == OWNER and not any(one.role == OWNER for one in heirs),
        "demands": demands,
        "timeouts": sorted(timeouts.items()),
        "heirs": heirs,
        "proven": actor.second_factor,
        "archived": tenancy.list_projects(actor, org_id=org_id, limit=HEIRS, archived=True),
        **(context or {}),
    }
    return render(request, "tenancy/organization.html", context, status=status)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(f"{name} must be a whole number.", code="not_a_number", field=name)
    return int(text)


def _heir(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("person_id", ""))
    except ValueError:
        raise Invalid("Choose who becomes the owner.", code="heir", field="person_id") from None
