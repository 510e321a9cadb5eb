"""Signing in and out, and letting a terminal in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from buildrunner.server.domains.identity.facade import (
    DeviceCodeUnknown,
    authenticate,
    decide_device_grant,
    find_device_grant,
    redeem_sign_in_link,
)
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http import browser
from buildrunner.server.platform.ui.visitor import signed_in

START = "/projects"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Email and password; `next` is where the visitor wanted to go."""
    target = local_target(request.POST.get("next") or request.GET.get("next"))
    if request.method == "GET":
        if getattr(request, "actor", None):
            return HttpResponseRedirect(target)
        return render(request, "identity/sign_in.html", {"next": target})
    email = request.POST.get("email", "").strip()
    context: dict[str, Any] = {"next": target, "email": email}
    try:
        person = authenticate(
            email, request.POST.get("password", ""), address=browser.client_address(request)
        )
    except DomainError as error:
        context["error"] = error.detail
        return render(request, "identity/sign_in.html", context, status=error.status)
    if person is None:
        context["error"] = "This email and password do not go together."
        return render(request, "identity/sign_in.html", context, status=422)
    browser.sign_in(request, person)
    return HttpResponseRedirect(target, status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link. Looking at it changes nothing, so no prefetch burns it; the button does."""
    target = local_target(request.POST.get("next") or request.GET.get("next"))
    if request.method == "GET":
        response = render(request, "identity/sign_in_link.html", {"next": target})
        # The address holds a secret: nothing that the page loads may learn it.
        # Not "no-referrer": that makes the form's Origin "null", which CSRF protection refuses.
        response["Referrer-Policy"] = "same-origin"
        return response
    browser.sign_in(request, redeem_sign_in_link(token))
    return HttpResponseRedirect(target, status=303)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    browser.sign_out(request)
    return HttpResponseRedirect(settings.LOGIN_URL, status=303)


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
            wish = decide_device_grant(actor, code, approve=answer == "approve")
            context |= {"wish": wish, "answer": answer}
            return render(request, "identity/device_done.html", context)
        context["wish"] = find_device_grant(actor, code)
    except DeviceCodeUnknown as error:
        context["error"] = error.detail
        return render(request, "identity/device.html", context, status=error.status)
    return render(request, "identity/device.html", context)


def local_target(text: str | None) -> str:
    """A path on this very site, else where a visit begins: no open redirect."""
    path = text or START
    safe = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if safe else START
