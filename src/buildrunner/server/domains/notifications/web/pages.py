"""Webhooks of an organization, one with its log, one delivery."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.web import forms
from buildrunner.server.domains.tenancy.facade import list_projects
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Invalid, NotFound
from buildrunner.server.platform.http.pagination import decode_cursor, encode_cursor
from buildrunner.server.platform.ui.visitor import signed_in

LOG_PAGE = 50
_PROJECTS = 100


@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """The endpoints; POST makes one and shows its secret."""
    actor = signed_in(request)
    context: dict[str, Any] = {"form": {"kinds": "*"}}
    status = 200
    if request.method == "POST":
        try:
            context["made"] = notifications.create_endpoint(
                actor,
                org_id,
                **forms.endpoint_fields(request.POST),
                project_id=forms.project_of(request.POST),
            )
        except (NotFound, Invalid) as error:
            if "field" not in error.extensions:
                raise
            status = error.status
            context |= refused(request, error)
    projects: dict[UUID | None, str] = {
        one.id: one.title for one in list_projects(actor, org_id=org_id, limit=_PROJECTS)
    }
    found = notifications.endpoints(actor, org_id, limit=100)
    context |= {
        "org_id": org_id,
        "lines": [(one, projects.get(one.project_id)) for one in found],
        "projects": projects.items(),
        "given_up": [one for one in found if one.disabled_reason in {"gone", "failing"}],
    }
    return render(request, "notifications/webhooks.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> HttpResponse:
    """One endpoint with its log; POST changes it."""
    actor = signed_in(request)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            notifications.change_endpoint(
                actor, org_id, webhook_id, **forms.endpoint_fields(request.POST)
            )
            context["saved"] = True
        except Invalid as error:
            status = error.status
            context |= refused(request, error)
    return show(request, actor, org_id, webhook_id, context, status=status)


def show(
    request: HttpRequest,
    actor: Actor,
    org_id: UUID,
    webhook_id: UUID,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """The page of an endpoint."""
    endpoint = notifications.get_endpoint(actor, org_id, webhook_id)
    failed = request.GET.get("show") == "failed"
    cursor = request.GET.get("before")
    before = UUID(str(decode_cursor(cursor, UUID)[0])) if cursor else None
    log = notifications.deliveries(
        actor, org_id, webhook_id, failed=failed, before=before, limit=LOG_PAGE + 1
    )
    projects = {one.id: one.title for one in list_projects(actor, org_id=org_id, limit=_PROJECTS)}
    context = {
        "org_id": org_id,
        "endpoint": endpoint,
        "home": f"/orgs/{org_id}/webhooks/{webhook_id}",
        "project_title": projects.get(endpoint.project_id) if endpoint.project_id else None,
        "log": log[:LOG_PAGE],
        "older": encode_cursor(log[LOG_PAGE - 1].id) if len(log) > LOG_PAGE else None,
        "failed": failed,
        "overlaps": forms.OVERLAPS.items(),
        "spans": forms.SPANS.items(),
        "form": {
            "url": endpoint.url,
            "kinds": " ".join(endpoint.kinds),
            "description": endpoint.description,
        },
        **context,
    }
    return render(request, "notifications/webhook.html", context, status=status)


@never_cache
@require_GET
def delivery(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> HttpResponse:
    """One delivery: the message and every attempt with what was answered."""
    actor = signed_in(request)
    detail = notifications.get_delivery(actor, org_id, webhook_id, delivery_id)
    context = {
        "org_id": org_id,
        "endpoint": notifications.get_endpoint(actor, org_id, webhook_id),
        "home": f"/orgs/{org_id}/webhooks/{webhook_id}",
        "detail": detail,
        "delivery": detail.delivery,
        "message": json.dumps(json.loads(detail.body), indent=2, ensure_ascii=False),
    }
    return render(request, "notifications/delivery.html", context)


def refused(request: HttpRequest, error: DomainError) -> dict[str, Any]:
    """What a form shows again after a refusal: what was typed, and why not."""
    return {
        "error": error.detail,
        "error_field": error.extensions.get("field", ""),
        "form": {name: request.POST.get(name, "") for name in ("url", "kinds", "description")},
        "chosen_project": request.POST.get("project", ""),
    }
