"""Hold what an organization keeps to the limit of its tier."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.metering.queries.quotas import quotas, refuse_beyond
from buildrunner.server.domains.metering.queries.storage import measured
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.db.scope import tenant_scope

_GROW: Final = """
    INSERT INTO metering_storagegrowth AS g (id, created_at, org_id, day, bytes)
    VALUES (%s, now(), %s, %s, %s)
    ON CONFLICT (org_id, day) DO UPDATE SET bytes = g.bytes + excluded.bytes
    RETURNING bytes
"""


def take_storage(org_id: UUID, size: int) -> None:
    """Count bytes that come, or with a negative `size` go; in the transaction that writes them, and
    late in it, since others of the organization wait for its end.

    Raises QuotaExceeded (402) where the tier has no room for what comes: what was counted is then
    rolled back with the rest. What goes is never refused.
    """
    if size == 0:
        return
    with tenant_scope(org_id):
        limit = entitlements.tier_of(org_id).limits.get("storage")
        if limit is None:
            return
        day, held = measured(org_id)
        with connection.cursor() as cursor:
            cursor.execute(_GROW, [uuid7(), org_id, day, size])
            ((grown,),) = cursor.fetchall()
        if size < 0 or held + grown <= limit:
            return
        view = next(one for one in quotas(org_id) if one.type == "storage")
        refuse_beyond(org_id, replace(view, used=held + grown - size), Decimal(size))
