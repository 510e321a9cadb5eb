"""Django's name for the room and its look-up functions."""

from typing import ClassVar

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The ledger."""

    name = "buildrunner.server.domains.audit"
    label = "audit"

    # Schedules ask them before they enter a tenant; see the migrations.
    definer_functions: ClassVar[list[str]] = [
        "audit_grown()",
        "audit_erase(text[], text)",
        "audit_orgs_with_reviews()",
        "audit_remove_segment(bigint)",
        "audit_retention_due()",
        "audit_destinations_due(boolean)",
    ]
