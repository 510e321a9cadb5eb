"""What an organization keeps: as it was measured last, and what came since; in scope."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from typing import Final
from uuid import UUID

from buildrunner.server.domains.metering.models import Rollup, StorageGrowth

NEVER: Final = date(2000, 1, 1)


def measured(org_id: UUID) -> tuple[date, Decimal]:
    """The day storage was measured last, and the bytes of that day."""
    rows = Rollup.objects.filter(org_id=org_id, grain="day", type="storage")
    latest = rows.order_by("-bucket").values_list("bucket", flat=True).first()
    if latest is None:
        return NEVER, Decimal(0)
    found = rows.filter(bucket=latest).values_list("quantity", flat=True)
    return latest.astimezone(UTC).date(), sum(found, Decimal(0))


def kept_now(org_id: UUID) -> Decimal:
    """The bytes that are kept now, as far as growth is counted."""
    day, held = measured(org_id)
    grown = StorageGrowth.objects.filter(org_id=org_id, day=day).first()
    return max(held + (grown.bytes if grown else 0), Decimal(0))
