"""Signing a browser in and out, and where it comes from."""

from __future__ import annotations

from typing import Any

from django.contrib import auth
from django.http import HttpRequest

_BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in(request: HttpRequest, person: Any) -> None:
    """Start a session of a person whose identity is proven; the session key changes."""
    auth.login(request, person, backend=_BACKEND)
    request.session["user_agent"] = request.headers.get("User-Agent", "")[:200]


def stay_signed_in(request: HttpRequest, person: Any) -> None:
    """Keep this session over a change of password, under a new key."""
    auth.update_session_auth_hash(request, person)


def sign_out(request: HttpRequest) -> None:
    """End the browser's session."""
    auth.logout(request)


def client_address(request: HttpRequest) -> str:
    """The address a request came from, for rate limits."""
    return str(request.META.get("REMOTE_ADDR", ""))
