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

_LIMITS = {"tokens": "Tokens", "api_calls": "API calls", "storage": "Storage"}


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
        "limits": _amounts(found),
        "plans": [
            {
                "name": one.name,
                "title": one.title,
                "monthly_usd": one.monthly_usd,
                "limits": one.limits,
                "amounts": _amounts(one),
            }
            for one in entitlements.tiers().values()
            if found.limits and one.monthly_usd is not None
        ],
        "features": entitlements.feature_lines(found),
    }
    return render(request, "entitlements/tier.html", context)


def _amounts(tier: entitlements.Tier) -> list[tuple[str, str]]:
    """What a tier limits beside seats, in words: storage in decimal gigabytes, as it is sold."""
    found = []
    for name, title in _LIMITS.items():
        if name not in tier.limits:
            continue
        amount = tier.limits[name]
        size = f"{amount // 10**12:,} TB" if amount >= 10**12 else f"{amount // 10**9:,} GB"
        found.append((title, size if name == "storage" else f"{amount:,} a month"))
    return found
