"""Channels of an organization, a project or oneself: one page each with its log and dead letters."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.web import choices
from buildrunner.server.domains.tenancy.facade import list_projects, project_scope
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http.pagination import decode_cursor, encode_cursor
from buildrunner.server.platform.ui.visitor import signed_in

_LOG = 50
_PROJECTS = 100


@never_cache
@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """The channels; POST adds one. `?project=` shows those of a project, `?mine=1` one's own."""
    actor = signed_in(request)
    project_id, personal = choices.whose(request.GET)
    found = notifications.channels(
        actor, org_id, project_id=project_id, personal=personal, limit=100
    )
    context: dict[str, Any] = {"form": {"least": "low"}, "ticked": choices.USUAL_GROUPS}
    status = 200
    if request.method == "POST":
        try:
            fields = choices.channel_fields(request.POST, personal=personal)
            made = notifications.create_channel(
                actor, org_id, **fields, project_id=project_id or choices.chosen(request.POST)
            )
        except DomainError as error:
            if "field" not in error.extensions and error.status not in (402, 409):
                raise
            status = error.status
            context = {
                "error": error.detail,
                "plans_url": error.extensions.get("setup_url", ""),
                "error_field": error.extensions.get("field", ""),
                "form": request.POST,
                "ticked": request.POST.getlist("group"),
            }
        else:
            messages.success(request, "The channel is added. Send a test to see that it works.")
            return HttpResponseRedirect(f"/orgs/{org_id}/channels/{made.id}", status=303)
    projects = {one.id: one.title for one in list_projects(actor, org_id=org_id, limit=_PROJECTS)}
    context |= {
        "org_id": org_id,
        "lines": [(one, projects.get(one.project_id)) for one in found],  # type: ignore[arg-type]
        "projects": projects.items(),
        "project_id": project_id,
        "project_title": projects.get(project_id, "") if project_id else "",
        "personal": personal,
        "services": choices.SERVICES.items(),
        "groups": choices.GROUPS.items(),
        "priorities": choices.PRIORITIES,
        "query": request.GET.urlencode(),
    }
    return render(request, "notifications/channels.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def channel(request: HttpRequest, org_id: UUID, channel_id: UUID) -> HttpResponse:
    """One channel with its log; POST changes it."""
    actor = signed_in(request)
    view = notifications.get_channel(actor, org_id, channel_id)
    home = f"/orgs/{org_id}/channels/{channel_id}"
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            notifications.change_channel(
                actor, org_id, channel_id, **choices.channel_changes(request.POST)
            )
        except DomainError as error:
            status = error.status
            context = {"error": error.detail}
        else:
            messages.success(request, "The channel is saved.")
            return HttpResponseRedirect(home, status=303)
    state = choices.state(request.GET)
    cursor = request.GET.get("before")
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    found = notifications.channel_deliveries(
        actor, org_id, channel_id, state=state, before=before, limit=_LOG + 1
    )
    context |= {
        "org_id": org_id,
        "endpoint": view,
        "home": home,
        "service": choices.SERVICES.get(view.service, "Mail"),
        "priorities": choices.PRIORITIES,
        "log": found[:_LOG],
        "state": state or "",
        "older": encode_cursor(found[_LOG - 1].delivery.id) if len(found) > _LOG else "",
    }
    return render(request, "notifications/channel.html", context, status=status)


@never_cache
@require_GET
def delivery(
    request: HttpRequest, org_id: UUID, channel_id: UUID, channel_delivery_id: UUID
) -> HttpResponse:
    """One message with its attempts."""
    actor = signed_in(request)
    view = notifications.get_channel(actor, org_id, channel_id)
    detail = notifications.channel_delivery(actor, org_id, channel_id, channel_delivery_id)
    sent = (
        json.dumps(json.loads(detail.message), indent=2, ensure_ascii=False)
        if detail.message
        else ""
    )
    context = {
        "org_id": org_id,
        "endpoint": view,
        "home": f"/orgs/{org_id}/channels/{channel_id}",
        "service": choices.SERVICES.get(view.service, "Mail"),
        "detail": detail,
        "delivery": detail.delivery,
        "message": sent,
    }
    return render(request, "notifications/channel_delivery.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, org_id: UUID, channel_id: UUID, verb: str) -> HttpResponse:
    """A button of a channel's page: test, replay (every dead letter), switch, delete."""
    actor = signed_in(request)
    home = f"/orgs/{org_id}/channels/{channel_id}"
    view = notifications.get_channel(actor, org_id, channel_id)
    if request.method == "GET":
        return HttpResponseRedirect(home)
    if verb == "test":
        sent = notifications.try_channel(actor, org_id, channel_id)
        return HttpResponseRedirect(f"{home}/deliveries/{sent.id}", status=303)
    if verb == "replay":
        count = notifications.replay_dead_letters(actor, org_id, channel_id)
        messages.success(request, f"{count} dead letters go out again.")
    elif verb == "switch":
        notifications.change_channel(actor, org_id, channel_id, enabled=not view.enabled)
    else:
        notifications.delete_channel(actor, org_id, channel_id)
        messages.success(request, "The channel is deleted.")
        mine = "?mine=1" if view.personal else ""
        return HttpResponseRedirect(f"/orgs/{org_id}/channels{mine}", status=303)
    return HttpResponseRedirect(home, status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def replay_one(
    request: HttpRequest, org_id: UUID, channel_id: UUID, channel_delivery_id: UUID
) -> HttpResponse:
    """Send one message again."""
    actor = signed_in(request)
    home = f"/orgs/{org_id}/channels/{channel_id}/deliveries/{channel_delivery_id}"
    notifications.channel_delivery(actor, org_id, channel_id, channel_delivery_id)
    if request.method == "GET":
        return HttpResponseRedirect(home)
    notifications.replay_channel_delivery(actor, org_id, channel_id, channel_delivery_id)
    messages.success(request, "It goes out again.")
    return HttpResponseRedirect(home, status=303)


@never_cache
@require_GET
def of_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A project's channels stand with those of its organization."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "project.manage") as access:
        return HttpResponseRedirect(f"/orgs/{access.org_id}/channels?project={project_id}")
