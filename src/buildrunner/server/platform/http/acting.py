"""Who a request comes from, once the composition root's middleware has found it out."""

from __future__ import annotations

from django.http import HttpRequest

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotSignedIn

HOW = "Run `br login`, or send `Authorization: Bearer br_…` with an API key."


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request; raises `NotSignedIn`, with the reason if a key did not hold."""
    found: Actor | None = getattr(request, "actor", None)
    if found is None:
        raise getattr(request, "bad_key", None) or NotSignedIn(f"Nobody is signed in. {HOW}")
    return found
