"""The members of an organization: people, invitations, service accounts."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rules import ORG_ROLES, PROJECT_ROLES, ROLE_WORDS
from buildrunner.server.domains.tenancy.rules import SERVICE_ROLES as ROBOT_ROLES
from buildrunner.server.domains.tenancy.rules import may_hand_out_org_role as may_hand_out
from buildrunner.server.domains.tenancy.web.asking import ask, back_to, done, refused
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound
from buildrunner.server.platform.http.pagination import decode_cursor, encode_cursor
from buildrunner.server.platform.ui.visitor import signed_in

PEOPLE = 100
OTHERS = 200
# What each role means, beside its name in the forms.
ORG_WORDS: Final = {
    "member": "creates projects and works where a project gives a role",
    "admin": "manages members, keys and settings, and sees every project",
    "owner": "also hands the organization over and makes owners",
}


@never_cache
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Everybody; POST invites."""
    actor = signed_in(request)
    if request.method == "GET":
        return _show(request, actor, org_id)
    project = request.POST.get("project_id", "")
    roles = [{"project_id": project, "role": request.POST.get("project_role", "")}]
    try:
        view, token = tenancy.invite(
            actor,
            org_id,
            email=request.POST.get("email", ""),
            role=request.POST.get("role", ""),
            project_roles=roles if _is_id(project) else [],
        )
    except (Invalid, Conflict, NotFound) as error:
        if "field" not in error.extensions and error.code != "seats_taken":
            raise
        return _show(request, actor, org_id, refused(error, "invite", request), error.status)
    sent = {"sent": view, "sent_url": tenancy.invitation_address(token)}
    return _show(request, actor, org_id, sent)


@never_cache
@require_POST
def change_role(request: HttpRequest, org_id: UUID, person_id: UUID) -> HttpResponse:
    """Give a member another role."""
    actor = signed_in(request)
    role = request.POST.get("role", "")
    return done(
        request,
        lambda: tenancy.change_org_member(actor, org_id, person_id, role=role),
        "The role is changed.",
        _home(org_id),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, org_id: UUID, person_id: UUID) -> HttpResponse:
    """Take a person out; GET asks first."""
    actor = signed_in(request)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.remove_org_member(actor, org_id, person_id=person_id),
            "The member is removed. Their keys and claims here have ended.",
            _home(org_id),
        )
    people = tenancy.organization_members(actor, org_id)
    person = next((one for one in people if one.person_id == person_id), None)
    if person is None:
        raise NotFound("This person is no member here.", code="member_not_found")
    return ask(
        request,
        title=f"Remove {person.name}",
        body=f"{person.name} ({person.email}) loses the role here and in every project of the "
        "organization. Their keys of the organization and their claims end at once.",
        button="Remove member",
        back=_home(org_id),
    )


@never_cache
@require_POST
def resend(request: HttpRequest, org_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    actor = signed_in(request)
    return done(
        request,
        lambda: tenancy.resend_invitation(actor, org_id, invitation_id),
        "The invitation is sent again, with a new link that works for seven days.",
        _home(org_id),
    )


@never_cache
@require_POST
def withdraw(request: HttpRequest, org_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    actor = signed_in(request)
    return done(
        request,
        lambda: tenancy.withdraw_invitation(actor, org_id, invitation_id),
        "The invitation is withdrawn; its link opens nothing any more.",
        _home(org_id),
    )


@never_cache
@require_POST
def create_service(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Make a service account."""
    actor = signed_in(request)
    try:
        made = tenancy.create_service_account(
            actor,
            org_id,
            name=request.POST.get("name", ""),
            role=request.POST.get("role", ""),
        )
    except (Invalid, Conflict) as error:
        return _show(request, actor, org_id, refused(error, "service", request), error.status)
    messages.success(request, f"{made.name} is ready. Make a key for it under API keys.")
    return back_to(_home(org_id))


@never_cache
@require_POST
def change_service(request: HttpRequest, org_id: UUID, service_id: UUID) -> HttpResponse:
    """Give a service account another role."""
    actor = signed_in(request)
    role = request.POST.get("role", "")
    return done(
        request,
        lambda: tenancy.change_service_account(actor, org_id, service_id, role=role),
        "The role is changed.",
        _home(org_id),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def remove_service(request: HttpRequest, org_id: UUID, service_id: UUID) -> HttpResponse:
    """Take a service account out; GET asks first."""
    actor = signed_in(request)
    if request.method == "POST":
        return done(
            request,
            lambda: tenancy.remove_service_account(actor, org_id, service_id),
            "The service account is removed and its keys are revoked.",
            _home(org_id),
        )
    found = tenancy.service_accounts(actor, org_id, limit=OTHERS)
    account = next((one for one in found if one.id == service_id), None)
    if account is None:
        raise NotFound("There is no such service account.", code="service_account_not_found")
    return ask(
        request,
        title=f"Remove {account.name}",
        body=f"Its {account.keys} keys are refused at once, and its roles in projects end.",
        button="Remove service account",
        back=_home(org_id),
    )


def _show(
    request: HttpRequest,
    actor: Actor,
    org_id: UUID,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    view = tenancy.get_organization(actor, org_id)
    manages = "member.manage" in view.permissions
    cursor = request.GET.get("after")
    after = UUID(str(decode_cursor(cursor, UUID)[0])) if cursor else None
    people = tenancy.organization_members(actor, org_id, after=after, limit=PEOPLE + 1)
    context = {
        "org_id": org_id,
        "organization": view,
        "manages": manages,
        "me": actor.person_id,
        "people": people[:PEOPLE],
        "next": encode_cursor(people[PEOPLE - 1].id) if len(people) > PEOPLE else None,
        "invitations": tenancy.organization_invitations(actor, org_id, limit=OTHERS)
        if manages
        else [],
        "services": tenancy.service_accounts(actor, org_id, limit=OTHERS),
        "projects": tenancy.list_projects(actor, org_id=org_id, limit=OTHERS) if manages else [],
        "roles": [
            (role, ROLE_WORDS[role], ORG_WORDS[role])
            for role in reversed(ORG_ROLES)
            if may_hand_out(view.role, role)
        ],
        "above": [role for role in ORG_ROLES if not may_hand_out(view.role, role)],
        "service_roles": [(role, ROLE_WORDS[role]) for role in reversed(ROBOT_ROLES)],
        "project_roles": [(role, ROLE_WORDS[role]) for role in PROJECT_ROLES],
        **(context or {}),
    }
    return render(request, "tenancy/members.html", context, status=status)


def _home(org_id: UUID) -> str:
    return f"/orgs/{org_id}/members"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
