"""What the buttons of a webhook's pages do."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.web import forms, pages
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.ui.visitor import signed_in


@require_POST
def switch(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> HttpResponse:
    """Off and on."""
    enabled = request.POST.get("enabled") == "1"
    notifications.change_endpoint(signed_in(request), org_id, webhook_id, enabled=enabled)
    words = "on; waiting messages go out" if enabled else "off; messages wait"
    messages.success(request, f"The webhook is switched {words}.")
    return _back(org_id, webhook_id)


@require_POST
def ping(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> HttpResponse:
    """A test message, and its page."""
    try:
        sent = notifications.send_ping(signed_in(request), org_id, webhook_id)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return _back(org_id, webhook_id)
    messages.success(request, "The test message is on its way. Reload to see the answer.")
    return _back(org_id, webhook_id, f"/deliveries/{sent.id}")


@never_cache
@require_POST
def rotate(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> HttpResponse:
    """A new secret, shown on the page that answers."""
    actor = signed_in(request)
    overlap = forms.choice(request.POST, "overlap", forms.OVERLAPS)
    made = notifications.rotate_secret(actor, org_id, webhook_id, overlap=overlap)
    return pages.show(request, actor, org_id, webhook_id, {"made": made})


@require_POST
def replay(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> HttpResponse:
    """Send again what did not arrive, or everything, of a span."""
    span = forms.choice(request.POST, "span", forms.SPANS)
    try:
        answer = notifications.replay_since(
            signed_in(request),
            org_id,
            webhook_id,
            since=timezone.now() - span,
            everything=request.POST.get("everything") == "1",
        )
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.detail)
        return _back(org_id, webhook_id)
    plural = "" if answer.queued == 1 else "s"
    more = " There are more: send again once these are through." if answer.more else ""
    messages.success(request, f"{answer.queued:,} message{plural} queued.{more}")
    return _back(org_id, webhook_id)


@require_POST
def replay_one(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> HttpResponse:
    """Send one message again."""
    try:
        notifications.replay_delivery(signed_in(request), org_id, webhook_id, delivery_id)
        messages.success(request, "The message is on its way again. Reload to see the answer.")
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    return _back(org_id, webhook_id, f"/deliveries/{delivery_id}")


@require_POST
def delete(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> HttpResponse:
    """The end of a webhook."""
    notifications.delete_endpoint(signed_in(request), org_id, webhook_id)
    messages.success(request, "The webhook and its log are deleted.")
    return HttpResponseRedirect(f"/orgs/{org_id}/webhooks", status=303)


def _back(org_id: UUID, webhook_id: UUID, rest: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"/orgs/{org_id}/webhooks/{webhook_id}{rest}", status=303)
