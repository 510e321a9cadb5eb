"""Hold usage to the limits of the tier: warn, then refuse, unless more is let through."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.metering import events
from buildrunner.server.domains.metering.models import QuotaSetting, QuotaWarning
from buildrunner.server.domains.metering.queries.quotas import (
    TYPES,
    is_limited,
    quotas,
    refuse_beyond,
    refused_lately,
)
from buildrunner.server.domains.metering.rules import budgets as rules
from buildrunner.server.domains.metering.types.budgets import QuotaView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit


def set_overage(actor: Actor, org_id: UUID, *, kind: str, overage: bool) -> QuotaView:
    """Let usage beyond the tier's limit through, to be billed, or refuse it. Needs `budget.manage`
    in the organization."""
    if kind not in TYPES:
        raise Invalid(f"{kind!r} is not limited; there are {', '.join(TYPES)}.", field="type")
    with organization_scope(actor, org_id) as access:
        access.require("budget.manage")
        row, _ = QuotaSetting.objects.select_for_update().get_or_create(
            org_id=org_id, type=kind, defaults={"overage": False}
        )
        if row.overage != overage:
            emit(
                events.QUOTA_CHANGED,
                actor=actor,
                org_id=org_id,
                subject=kind,
                data={"type": kind, "before": row.overage, "after": overage},
            )
            row.overage = overage
            row.save(update_fields=["overage"])
        return next(one for one in quotas(org_id) if one.type == kind)


def require_quota(org_id: UUID, kind: str, wanted: Decimal = Decimal(0)) -> None:
    """Raise QuotaExceeded (402) where the organization has used up a limit of its tier, or would
    with so much more. People are told at 80 %, 90 % and 100 %, each once a month."""
    with tenant_scope(org_id):
        if not is_limited(org_id):
            return
        found = quotas(org_id)
        _warn(org_id, found)
    refuse_beyond(org_id, next(one for one in found if one.type == kind), wanted)


def warn_refused() -> None:
    """Tell those of their limits whom this process has refused something."""
    while refused_lately:
        org_id = refused_lately.pop()
        try:
            with tenant_scope(org_id):
                _warn(org_id, quotas(org_id))
        except Exception:
            refused_lately.add(org_id)
            raise


def warn_all() -> None:
    """By schedule: tell every organization of the limits it has nearly used up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id FROM metering_orgs()")
        waiting = [row[0] for row in cursor.fetchall()]
    for org_id in waiting:
        with tenant_scope(org_id):
            if is_limited(org_id):
                _warn(org_id, quotas(org_id))


def _warn(org_id: UUID, found: list[QuotaView]) -> None:
    month = datetime.now(UTC).date().replace(day=1)
    for one in found:
        if one.limit is None:
            continue
        for level in rules.crossed(one.used, Decimal(one.limit), rules.DEFAULT_ALERT):
            _, new = QuotaWarning.objects.get_or_create(
                org_id=org_id, month=month, type=one.type, level=level
            )
            if new:
                emit(
                    events.QUOTA_ALERT,
                    actor=SYSTEM,
                    org_id=org_id,
                    subject=one.type,
                    data={
                        "type": one.type,
                        "level": str(level),
                        "limit": one.limit,
                        "used": str(one.used),
                        "unit": one.unit,
                        "overage": one.overage,
                        "tier": one.tier,
                        "tier_with_more": one.tier_with_more,
                    },
                )
