"""Pages of the sources that usage is collected from."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.web.places import form, place
from buildrunner.server.platform.actor import Actor


@never_cache
@require_GET
def sources(
    request: HttpRequest, project_id: UUID | None = None, org_id: UUID | None = None
) -> HttpResponse:
    """All of them, with how their last reading went."""
    with place(request, project_id, org_id) as (access, context):
        context |= {
            "sources": analytics.list_sources(access.org_id, project_id=project_id),
            "kinds": [
                {"name": name, "about": about} for name, about in analytics.SOURCE_KINDS.items()
            ],
            "manages": "budget.manage" in access.permissions,
            "collects": "usage.write" in access.permissions,
            "private": settings.BR_ALLOW_PRIVATE_ADDRESSES,
            "tab": "sources",
        }
        return render(request, "analytics/sources.html", context)


@form("sources")
def add(request: HttpRequest, actor: Actor, *, project_id: UUID | None, org_id: UUID | None) -> str:
    """A new one."""
    kind = request.POST.get("kind", "")
    about = analytics.SOURCE_KINDS.get(kind)
    named = (*about.needs, *about.takes) if about else ()
    account = request.POST.get("account", "").strip()
    wanted: dict[str, object] = {}
    if named and account:
        wanted[named[0]] = account.split() if named[0] == "skip_keys" else account
    made = analytics.add_source(
        actor,
        kind=kind,
        name=request.POST.get("name", ""),
        project_id=project_id,
        org_id=org_id,
        api_key=request.POST.get("api_key", ""),
        base_url=request.POST.get("base_url", ""),
        settings=wanted,
    )
    return f"{made.name} is added and read now; its figures come within a minute."


@form("sources")
def change(
    request: HttpRequest,
    actor: Actor,
    *,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,  # noqa: ARG001
    source_id: UUID,
) -> str:
    """Read it now, switch it off and on, take it away."""
    act = request.POST.get("act")
    if act == "collect":
        (one,) = analytics.ask_collection(actor, source_id=source_id)
        return f"{one.name} is read now."
    if act == "remove":
        analytics.remove_source(actor, source_id)
        return "The source is removed and its key forgotten. What was counted stays."
    one = analytics.change_source(actor, source_id, enabled=act == "on")
    return f"{one.name} is switched {'on' if one.enabled else 'off'}."
