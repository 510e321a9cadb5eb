"""What a tier includes in a month, and what is used of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.metering.errors import QuotaExceeded
from buildrunner.server.domains.metering.models import QuotaSetting
from buildrunner.server.domains.metering.queries.storage import kept_now
from buildrunner.server.domains.metering.queries.usage import period_usage
from buildrunner.server.domains.metering.types.budgets import QuotaView
from buildrunner.server.platform.db.scope import tenant_scope

TYPES = ("tokens", "api_calls", "storage")
# Organizations that this process has refused something since it last told of it: what a refusal
# writes itself is rolled back with the request.
refused_lately: set[UUID] = set()
_UNITS = {"tokens": "tokens", "api_calls": "calls", "storage": "bytes"}


def is_limited(org_id: UUID) -> bool:
    """Whether the tier of the organization in scope limits any usage at all."""
    limits = entitlements.tier_of(org_id).limits
    return any(kind in limits for kind in TYPES)


def quotas(org_id: UUID, month: date | None = None) -> list[QuotaView]:
    """Each type that tiers can limit, in a month (the current one unless told); in scope."""
    tier = entitlements.tier_of(org_id)
    current = datetime.now(UTC).date().replace(day=1)
    used = {line.type: line.quantity for line in period_usage(org_id, month or current).lines}
    if (month or current) == current:
        used["storage"] = kept_now(org_id)
    allowed = dict(QuotaSetting.objects.filter(org_id=org_id).values_list("type", "overage"))
    return [
        QuotaView(
            type=kind,
            unit=_UNITS[kind],
            limit=tier.limits.get(kind),
            used=used.get(kind, Decimal(0)),
            overage=allowed.get(kind, False),
            tier=tier.title,
            tier_with_more=_more(kind, tier.limits.get(kind)),
            overage_price=entitlements.overage_prices()[kind],
        )
        for kind in TYPES
    ]


def quota_of(org_id: UUID, kind: str) -> QuotaView | None:
    """One limit and what is used of it, None where the organization's tier has no such limit."""
    with tenant_scope(org_id):
        if kind not in entitlements.tier_of(org_id).limits:
            return None
        return next(one for one in quotas(org_id) if one.type == kind)


def refuse_beyond(org_id: UUID, view: QuotaView, wanted: Decimal = Decimal(0)) -> None:
    """Raise QuotaExceeded where a limit is used up, or would be, and nothing beyond is let
    through."""
    if view.limit is None or view.overage or view.used + wanted <= view.limit:
        return
    refused_lately.add(org_id)
    more = f" {view.tier_with_more} has more." if view.tier_with_more else ""
    said = f"{view.tier} includes {view.limit:,} {view.unit} a month; {view.used:,.0f} are used."
    if view.type == "storage":
        said = (
            f"{view.tier} has room for {view.limit:,} bytes; {view.used:,.0f} are taken, and this "
            f"would add {wanted:,.0f}. Delete files or projects that are no longer needed."
        )
    raise QuotaExceeded(
        f"{said}{more} Owners and admins can let usage beyond it through, to be billed.",
        limit_name=view.type,
        limit=view.limit,
        used=str(view.used),
        unit=view.unit,
        tier=view.tier,
        tier_with_more=view.tier_with_more,
    )


def _more(kind: str, limit: int | None) -> str | None:
    if limit is None:
        return None
    larger = (
        tier
        for tier in entitlements.tiers().values()
        if tier.monthly_usd is not None and tier.limits.get(kind, 0) > limit
    )
    found = next(larger, None)
    return found.title if found else None
