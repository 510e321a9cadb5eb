"""A page of a project's analytics or of an organization's: its scope, its address, its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    ProjectAccess,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

READ = "analytics.read"
Act = Callable[..., str]


@contextmanager
def place(
    request: HttpRequest, project_id: UUID | None, org_id: UUID | None
) -> Iterator[tuple[ProjectAccess | OrgAccess, dict[str, Any]]]:
    """The scope, and what every template needs. Strangers get 404."""
    actor = signed_in(request)
    if project_id is not None:
        with project_scope(actor, project_id, READ) as inside:
            yield inside, {"project": inside, "base": base_of(project_id, None)}
    else:
        assert org_id is not None  # noqa: S101  one of the two stands in the address
        with organization_scope(actor, org_id, READ) as whole:
            yield whole, {"project": None, "org_id": org_id, "base": base_of(None, org_id)}


def base_of(project_id: UUID | None, org_id: UUID | None) -> str:
    """Where the pages of a place stand."""
    return f"/projects/{project_id}/analytics" if project_id else f"/orgs/{org_id}/analytics"


def form(page: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """A form that leads back to `page`, saying what was done or why not; strangers get 404
    whatever they send, and whoever types the address is led to the page."""

    def wrap(act: Act) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "POST"])
        @wraps(act)
        def answer(
            request: HttpRequest,
            project_id: UUID | None = None,
            org_id: UUID | None = None,
            **named: UUID,
        ) -> HttpResponse:
            actor: Actor = signed_in(request)
            with place(request, project_id, org_id):
                pass
            if request.method == "POST":
                try:
                    said = act(request, actor, project_id=project_id, org_id=org_id, **named)
                    messages.success(request, said)
                except NotFound:
                    raise
                except DomainError as refusal:
                    messages.error(request, refusal.detail)
            return HttpResponseRedirect(f"{base_of(project_id, org_id)}/{page}")

        return answer

    return wrap
