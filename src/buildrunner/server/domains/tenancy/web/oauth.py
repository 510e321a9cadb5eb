"""A person lets an agent's program in, or turns it away."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.browser import client_address
from buildrunner.server.platform.http.quotas import Policy, admit
from buildrunner.server.platform.ui.visitor import signed_in

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_ASKED = ("client_id", "redirect_uri", "code_challenge", "state")


@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """The question, and what follows the answer (RFC 6749, 4.1.1). Looking changes nothing."""
    admit(Policy("oauth", settings.BR_RATE_LIMIT_OAUTH), client_address(request))
    actor = signed_in(request)
    given = request.POST if request.method == "POST" else request.GET
    asked = {name: given.get(name, "") for name in _ASKED}
    try:
        client = tenancy.client_of(asked["client_id"])
        if not client.may_return_to(asked["redirect_uri"]):
            raise Invalid("The program did not register the address it wants to return to.")
        plain = given.get("code_challenge_method") != "S256" or given.get("response_type") != "code"
        if plain or not _CHALLENGE.fullmatch(asked["code_challenge"]):
            raise Invalid("The program must ask for a code with a challenge by S256 (PKCE).")
    except Invalid as error:
        return render(request, "tenancy/authorize.html", {"error": error.detail}, status=422)
    answer = request.POST.get("answer")
    context = {
        "client": client,
        "place": urlsplit(asked["redirect_uri"]).netloc or asked["redirect_uri"],
        "asked": asked,
        "person": actor.name,
    }
    if answer not in ("approve", "deny"):
        return render(request, "tenancy/authorize.html", context)
    said = {"state": asked["state"], "iss": settings.BR_PUBLIC_URL}
    if answer == "approve":
        said["code"] = tenancy.let_program_in(
            actor,
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
        )
    else:
        said["error"] = "access_denied"
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    target = f"{asked['redirect_uri']}{joint}{urlencode({k: v for k, v in said.items() if v})}"
    context |= {"answer": answer, "target": target}
    response = render(request, "tenancy/authorize.html", context)
    # Not a redirect: a form of ours leads nowhere else (form-action 'self').
    response["Refresh"] = f"0; url={target}"
    response["Referrer-Policy"] = "no-referrer"
    return response
