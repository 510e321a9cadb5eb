"""The pages that are ours: one-time links, terminals, profile, sessions, the outbox."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.identity.facade import DeviceCodeUnknown, Person
from buildrunner.server.domains.identity.queries import outbox as kept_mails
from buildrunner.server.domains.identity.web.adapter import local
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http import browser
from buildrunner.server.platform.ui.visitor import signed_in

START = "/projects"
OUTBOX = "buildrunner.server.domains.identity.actions.keep_outbox.EmailBackend"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link. Looking at it changes nothing, so no prefetch burns it; the button does."""
    target = _target(request)
    if request.method == "GET":
        response = render(request, "identity/sign_in_link.html", {"next": target})
        # The address holds a secret: nothing that the page loads may learn it.
        # Not "no-referrer": that makes the form's Origin "null", which CSRF protection refuses.
        response["Referrer-Policy"] = "same-origin"
        return response
    browser.sign_in(request, identity.redeem_sign_in_link(token))
    return HttpResponseRedirect(target, status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Let a waiting terminal in, or turn it away (RFC 8628, 3.3)."""
    actor = signed_in(request)
    code = (request.POST.get("user_code") or request.GET.get("user_code") or "").strip()
    context: dict[str, Any] = {"user_code": code, "person": actor.name}
    if not code:
        if request.method == "POST":
            context["error"] = "Type the code that the terminal shows."
        return render(request, "identity/device.html", context)
    try:
        answer = request.POST.get("answer")
        if answer in ("approve", "deny"):
            wish = identity.decide_device_grant(actor, code, approve=answer == "approve")
            context |= {"wish": wish, "answer": answer}
            return render(request, "identity/device_done.html", context)
        context["wish"] = identity.find_device_grant(actor, code)
    except DeviceCodeUnknown as error:
        context["error"] = error.detail
        return render(request, "identity/device.html", context, status=error.status)
    return render(request, "identity/device.html", context)


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """The account begins with the profile."""
    signed_in(request)
    return HttpResponseRedirect("/account/profile")


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name and address."""
    actor = signed_in(request)
    context: dict[str, Any] = {"person": request.user}
    if request.method == "POST":
        name = request.POST.get("name", "")
        try:
            identity.rename_person(actor, name=name)
        except DomainError as error:
            context |= {"error": error.detail, "name": name}
            return render(request, "identity/profile.html", context, status=error.status)
        messages.success(request, "Your name is changed.")
        return HttpResponseRedirect("/account/profile", status=303)
    context["name"] = actor.name
    return render(request, "identity/profile.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]
def delete(request: HttpRequest) -> HttpResponse:
    """The end of the account, after a password, a code or a passkey once more."""
    actor = signed_in(request)
    context: dict[str, Any] = {
        "person": request.user,
        "alone": identity.sole_ownerships(identity.in_person_only(actor)),
    }
    if request.method == "GET":
        return render(request, "identity/delete.html", context)
    try:
        identity.delete_account(actor, email=request.POST.get("email", ""))
    except DomainError as error:
        context["error"] = error.detail
        return render(request, "identity/delete.html", context, status=error.status)
    request.session.flush()
    return render(request, "identity/deleted.html", status=200)


@never_cache
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    actor = signed_in(request)
    found = identity.sessions_of(identity.own_account(actor))
    here = identity.session_digest(request.session.session_key or "")
    lines = [
        {
            "session": view,
            "browser": identity.browser_name(view.user_agent),
            "here": view.digest == here,
        }
        for view in found
    ]
    lines.sort(key=lambda entry: not entry["here"])
    return render(request, "identity/sessions.html", {"lines": lines})


@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End one session, or all others."""
    actor = signed_in(request)
    digest = request.POST.get("session", "")
    here = identity.session_digest(request.session.session_key or "")
    if digest:
        identity.revoke_session(actor, digest=digest)
        messages.success(request, "That browser is signed out.")
    else:
        count = identity.revoke_other_sessions(actor, keep=here)
        words = f"{count} other browser{'s are' if count != 1 else ' is'} signed out."
        messages.success(request, words if count else "You are signed in nowhere else.")
    where = settings.LOGIN_URL if digest == here else "/account/sessions"
    return HttpResponseRedirect(where, status=303)


@never_cache
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Mails that a server without a mail server keeps; for whoever runs it."""
    signed_in(request)
    person = request.user
    if not (isinstance(person, Person) and person.is_staff and settings.EMAIL_BACKEND == OUTBOX):
        raise Http404
    return render(request, "identity/outbox.html", {"mails": kept_mails()})


def _target(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next")
    return wanted if wanted and local(wanted) else START
