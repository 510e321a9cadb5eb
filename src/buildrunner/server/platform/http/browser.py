"""Signing a browser in and out, and where it comes from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest


def sign_in(request: HttpRequest, person: Any) -> None:
    """Start a session of a person whose identity is proven; the session key changes."""
    auth.login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["user_agent"] = request.headers.get("User-Agent", "")[:200]
    request.session["address"] = client_address(request)


def client_address(request: HttpRequest) -> str:
    """The address a request came from, for rate limits."""
    return str(request.META.get("REMOTE_ADDR", ""))
