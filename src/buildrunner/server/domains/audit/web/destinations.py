"""Where the ledger is sent: the destinations, and what their buttons do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_SETTINGS = ("bucket", "region", "prefix", "access_key_id")
_FIELDS = ("kind", "name", "url", *_SETTINGS)


@never_cache
@require_http_methods(["GET", "POST"])
def destinations(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """All of them; POST adds one and shows a SIEM's signing secret."""
    actor = signed_in(request)
    context: dict[str, Any] = {"form": {"kind": "siem", "region": "us-east-1"}}
    status = 200
    if request.method == "POST":
        form = request.POST
        try:
            context["made"] = audit.add_destination(
                actor,
                org_id,
                kind=form.get("kind", ""),
                name=form.get("name", ""),
                url=form.get("url", ""),
                settings={name: form.get(name, "") for name in _SETTINGS},
                secret=form.get("secret", ""),
                redact=form.get("redact") == "1",
            )
        except (Invalid, Conflict) as error:
            status = error.status
            context |= {
                "error": error.detail,
                "error_field": error.extensions.get("field", ""),
                "form": {name: form.get(name, "") for name in _FIELDS},
                "redact": form.get("redact") == "1",
            }
    context |= {"org_id": org_id, "destinations": audit.destinations(actor, org_id)}
    return render(request, "audit/destinations.html", context, status=status)


@require_POST
def change(request: HttpRequest, org_id: UUID, destination_id: UUID) -> HttpResponse:
    """Send now, switch off and on, take away."""
    actor = signed_in(request)
    act = request.POST.get("act")
    try:
        if act == "send":
            audit.send_now(actor, org_id, destination_id)
            messages.success(request, "What waits is on its way. Reload to see how far it came.")
        elif act == "remove":
            audit.remove_destination(actor, org_id, destination_id)
            messages.success(request, "Nothing is sent there any more.")
        else:
            enabled = act == "on"
            audit.change_destination(actor, org_id, destination_id, enabled=enabled)
            words = "on: what waits goes out" if enabled else "off: records wait"
            messages.success(request, f"Switched {words}.")
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(f"/orgs/{org_id}/ledger/destinations", status=303)
