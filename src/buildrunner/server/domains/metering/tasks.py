"""What the worker runs for this room."""

from __future__ import annotations

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.stream import Record


def keep_partitions() -> None:
    """Every day: usage of the coming months has a place."""
    metering.keep_partitions()


def close_periods() -> None:
    """Every day: months that are over stand."""
    metering.close_periods()


def meter_storage() -> None:
    """Every day: what projects keep on this server."""
    metering.meter_storage()


def purge_receipts() -> None:
    """Every day: forget duplicates and rejected events of long ago."""
    metering.purge_receipts()


def expire_holds() -> None:
    """Every minute: what was never settled counts as spent when its time is up."""
    metering.expire_holds()


def purge_holds() -> None:
    """Every night: forget reservations that were settled a month ago."""
    metering.purge_holds()


def warn_of_quotas() -> None:
    """Every ten minutes: tell people of limits that are nearly used up."""
    metering.warn_all()


def follow_policy(record: Record) -> None:
    """A policy was saved: the budgets that it sets are as it says."""
    if record.project_id is None:
        return
    with tenant_scope(record.org_id):
        limits = metering.cost_limits(record.org_id, record.project_id)
        metering.follow_policy(
            record.org_id, record.project_id, daily=limits.daily, alert=limits.alert
        )
