"""Settings → API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from buildrunner.server.domains.tenancy.facade import (
    Belonging,
    KeyView,
    create_api_key,
    organization_keys,
    organizations_of,
    own_personal_keys,
    revoke_api_key,
)
from buildrunner.server.domains.tenancy.rules import ADMIN, OWNER, SCOPES
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

SCOPE_WORDS: Final = {
    "planner.read": "Read projects, plans and events",
    "planner.write": "Change plans; reads too",
    "builder.run": "Claim microsteps; reads too",
    "qa.run": "Report checks; reads too",
    "analytics.read": "Read figures and plans",
    "*": "Everything you may do yourself",
}
# Days until a key ends; 0 is never.
LIVES: Final = (30, 90, 365, 0)
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of the list and whose it is."""

    key: KeyView
    owner: str


@never_cache
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The visitor's keys, and those of organizations they manage; POST makes one."""
    actor = signed_in(request)
    managed = _managed(actor)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            context["made"], context["secret"] = _create(request, actor, managed)
        except DomainError as error:
            status = error.status
            context |= {
                "error": error.detail,
                "error_field": error.extensions.get("field", ""),
                "name": request.POST.get("name", ""),
                "chosen": request.POST.getlist("scopes"),
            }
    lines = [KeyLine(key, "You") for key in own_personal_keys(actor)]
    for organization in managed:
        found = organization_keys(actor, organization.id)
        lines += [KeyLine(key, organization.name) for key in found]
    context |= {
        "page": "keys",
        "lines": lines,
        "managed": managed,
        "scopes": [(name, SCOPE_WORDS.get(name, name)) for name in SCOPES],
        "lives": [(days, _life(days)) for days in LIVES],
    }
    context.setdefault("chosen", ["*"])
    return render(request, "tenancy/keys.html", context, status=status)


def _create(request: HttpRequest, actor: Actor, managed: list[Belonging]) -> tuple[KeyView, str]:
    name = " ".join(request.POST.get("name", "").split())
    if not name or len(name) > MAX_NAME:
        raise Invalid(
            f"Give the key a name of 1 to {MAX_NAME} characters.", code="name", field="name"
        )
    owner = request.POST.get("owner", "")
    org_id = next((found.id for found in managed if str(found.id) == owner), None)
    if owner and org_id is None:
        raise Invalid("Choose yourself or an organization you manage.", code="owner", field="owner")
    days = request.POST.get("days", "0")
    life = timedelta(days=int(days)) if days in map(str, LIVES) and days != "0" else None
    return create_api_key(
        actor,
        name=name,
        scopes=request.POST.getlist("scopes"),
        org_id=org_id,
        expires_at=timezone.now() + life if life else None,
    )


@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End a key at once."""
    actor = signed_in(request)
    owner = request.POST.get("org_id", "")
    org_id = next((found.id for found in _managed(actor) if str(found.id) == owner), None)
    revoke_api_key(actor, key_id, org_id=org_id)
    messages.success(request, "The key is revoked. Programs that used it are refused from now on.")
    return HttpResponseRedirect("/settings/keys", status=303)


def _managed(actor: Actor) -> list[Belonging]:
    found = organizations_of(actor.person_id) if actor.person_id else []
    return [belonging for belonging in found if belonging.role in (OWNER, ADMIN)]


def _life(days: int) -> str:
    return {0: "Never", 365: "In a year"}.get(days, f"In {days} days")
