"""Django's name for the room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The ledger."""

    name = "buildrunner.server.domains.audit"
    label = "audit"
