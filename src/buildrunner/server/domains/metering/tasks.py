"""What the worker runs for this room."""

from __future__ import annotations

from buildrunner.server.domains.metering import facade as metering


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
