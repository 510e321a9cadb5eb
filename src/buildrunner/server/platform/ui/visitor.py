"""Who is at the browser."""

from __future__ import annotations

from django.http import HttpRequest

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotSignedIn


def signed_in(request: HttpRequest) -> Actor:
    """The visitor as an actor; raises NotSignedIn, which leads a browser to the sign-in page."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise NotSignedIn("Sign in to see this page.")
    return actor


def wants_fragment(request: HttpRequest, target: str = "") -> bool:
    """Whether a script asks for a part of the page (into the element `target`, if given)."""
    if request.headers.get("HX-Request") != "true":
        return False
    return not target or request.headers.get("HX-Target") == target
