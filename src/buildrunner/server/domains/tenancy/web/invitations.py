"""Saying yes to an invitation."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rules import ROLE_WORDS
from buildrunner.server.domains.tenancy.web.asking import back_to
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, NotFound
from buildrunner.server.platform.ui.visitor import signed_in


@never_cache
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The open invitations of the visitor."""
    actor = signed_in(request)
    lines = [(one, ROLE_WORDS[one.role]) for one in tenancy.own_invitations(actor)]
    return render(request, "tenancy/invitations.html", {"lines": lines})


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What a link opens: who invites, to what, as what. Looking changes nothing; POST accepts."""
    actor: Actor | None = getattr(request, "actor", None)
    if request.method == "POST":
        joined = tenancy.accept_invitation(signed_in(request), token=token)
        return _joined(request, joined)
    context: dict[str, object] = {"here": request.path, "visitor": actor}
    status = 200
    try:
        found = tenancy.find_invitation(token)
    except NotFound as error:
        status = error.status
    else:
        mine = actor is not None and any(
            one.id == found.id for one in tenancy.own_invitations(actor)
        )
        context |= {"invitation": found, "role": ROLE_WORDS[found.role], "mine": mine}
    response = render(request, "tenancy/invitation.html", context, status=status)
    # The address holds a secret; see identity's sign-in link.
    response["Referrer-Policy"] = "same-origin"
    return response


@never_cache
@require_POST
def accept(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Accept one of the list."""
    actor = signed_in(request)
    try:
        joined = tenancy.accept_invitation(actor, invitation_id=invitation_id)
    except DomainError as error:
        if error.status != 409:
            raise
        messages.error(request, error.detail)
        return back_to("/invitations")
    return _joined(request, joined)


def _joined(request: HttpRequest, joined: tenancy.Belonging) -> HttpResponse:
    messages.success(request, f"You are now a member of {joined.name}.")
    return back_to(f"/projects?org={joined.id}")
