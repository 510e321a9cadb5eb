"""Models of an organization: its providers, and what their buttons do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_FIELDS = ("kind", "name", "base_url", "models")


@never_cache
@require_http_methods(["GET", "POST"])
def providers(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """All of them; POST adds one."""
    actor = signed_in(request)
    found = ai.providers(actor, org_id)
    context: dict[str, Any] = {"form": {"kind": "openai"}}
    status = 200
    if request.method == "POST":
        form = request.POST
        try:
            made = ai.add_provider(
                actor,
                org_id,
                kind=form.get("kind", ""),
                name=form.get("name", ""),
                base_url=form.get("base_url", ""),
                api_key=form.get("api_key", ""),
                models=_names(form.get("models", "")),
            )
        except (Invalid, Conflict) as error:
            status = error.status
            context |= {
                "error": error.detail,
                "error_field": error.extensions.get("field", ""),
                "form": {name: form.get(name, "") for name in _FIELDS},
            }
        else:
            messages.success(request, f"{made.name} is added. Test it to see whether it answers.")
            return HttpResponseRedirect(_page(org_id), status=303)
    context |= {
        "org_id": org_id,
        "providers": found,
        "origin": settings.BR_PUBLIC_URL,
        "private": settings.BR_ALLOW_PRIVATE_ADDRESSES,
    }
    return render(request, "ai/providers.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, org_id: UUID, provider_id: UUID) -> HttpResponse:
    """Test, switch off and on, replace the key, take away."""
    actor = signed_in(request)
    one = ai.get_provider(actor, org_id, provider_id)
    if request.method == "GET":
        return HttpResponseRedirect(_page(org_id))
    act = request.POST.get("act")
    try:
        if act == "test":
            trial = ai.try_provider(actor, org_id, provider_id)
            tell = messages.success if trial.ok else messages.error
            tell(request, f"{one.name}: {trial.detail}")
        elif act == "remove":
            ai.remove_provider(actor, org_id, provider_id)
            messages.success(request, f"{one.name} is removed; its key is forgotten.")
        elif act == "key":
            key = request.POST.get("api_key", "")
            ai.change_provider(actor, org_id, provider_id, api_key=key)
            messages.success(request, f"{one.name} uses the new key from now on.")
        else:
            ai.change_provider(actor, org_id, provider_id, enabled=act == "on")
            state = "on" if act == "on" else "off: no call goes there"
            messages.success(request, f"{one.name} is switched {state}.")
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(_page(org_id), status=303)


def _names(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _page(org_id: UUID) -> str:
    return f"/orgs/{org_id}/models"
