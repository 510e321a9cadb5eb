"""Django's name for the room."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Usage events, prices, budgets."""

    name = "buildrunner.server.domains.metering"
    label = "metering"

    # For schedules; see the migrations.
    definer_functions: ClassVar[list[str]] = [
        "metering_keep_partitions(integer, integer)",
        "metering_purge_receipts(integer)",
        "metering_orgs_to_close(date)",
        "metering_storage()",
        "metering_due_holds(integer)",
        "metering_purge_holds(integer)",
        "metering_locate_budget(uuid)",
        "metering_orgs()",
    ]
