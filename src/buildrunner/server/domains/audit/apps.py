"""Django's name for the room and its look-up functions."""

from typing import ClassVar

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The ledger."""

    name = "buildrunner.server.domains.audit"
    label = "audit"

    # The hourly checkpoint asks it before it enters a tenant; see migration 0001.
    definer_functions: ClassVar[list[str]] = ["audit_grown()"]
