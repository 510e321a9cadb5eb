"""The page of limits and features."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.ui.visitor import signed_in


@never_cache
@require_GET
def tier(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """What the organization has, what it uses of it, and which tier has the rest."""
    actor = signed_in(request)
    found = entitlements.get_tier(actor, org_id)
    context = {
        "org_id": org_id,
        "tier": found,
        "seats": tenancy.get_organization(actor, org_id).seats,
        "limits": [
            (name.replace("_", " ").capitalize(), amount, name == "storage")
            for name, amount in found.limits.items()
            if name != "seats"
        ],
        "features": entitlements.feature_lines(found),
    }
    return render(request, "entitlements/tier.html", context)
