"""Upkeep of what is held."""

from __future__ import annotations

from django.db import connection

from buildrunner.server.domains.metering.actions.reserve import expire_hold

BATCH = 1000
KEPT_DAYS = 30


def expire_holds() -> int:
    """Count what was held past its time as spent, each in a transaction of its own; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM metering_due_holds(%s)", [BATCH])
        due = cursor.fetchall()
    return sum(expire_hold(org_id, hold_id) for org_id, hold_id in due)


def purge_holds() -> None:
    """Forget what was settled, released or expired long ago; balances keep the sums."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_purge_holds(%s)", [KEPT_DAYS])
