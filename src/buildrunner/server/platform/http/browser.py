"""Signing a browser in and out, and where it comes from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from buildrunner.server.platform.errors import Forbidden


def sign_in(request: HttpRequest, person: Any) -> None:
    """Start a session of a person whose identity is proven; the session key changes."""
    auth.login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["user_agent"] = request.headers.get("User-Agent", "")[:200]
    request.session["address"] = client_address(request)


def require_confirmed(request: HttpRequest) -> None:
    """Raise `Forbidden` unless whoever sits at the browser gave a password, a code or a passkey
    within the last ten minutes."""
    from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate

    if not did_recently_reauthenticate(request):
        page = "/account/security/confirm"
        raise Forbidden(
            f"Confirm that it is you: open {page}.", code="reauthentication_required", page=page
        )


def client_address(request: HttpRequest) -> str:
    """The address a request came from, for rate limits."""
    return str(request.META.get("REMOTE_ADDR", ""))
