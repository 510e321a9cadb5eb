"""Upkeep of the tables."""

from __future__ import annotations

from django.db import connection

AHEAD = 3  # months that have a partition before they begin
RECEIPTS = 90  # days for which duplicates and rejected events can be looked up


def keep_partitions() -> int:
    """Every day: a partition for each of the coming months. Answers how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_keep_partitions(0, %s)", [AHEAD])
        return int(cursor.fetchone()[0])


def purge_receipts() -> int:
    """Every day: forget what did not count, after 90 days."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_purge_receipts(%s)", [RECEIPTS])
        return int(cursor.fetchone()[0])
