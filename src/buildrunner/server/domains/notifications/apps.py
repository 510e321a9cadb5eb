"""Django's name for the room and its look-up functions."""

from typing import ClassVar

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Outbound webhooks."""

    name = "buildrunner.server.domains.notifications"
    label = "notifications"

    # The worker asks them before it enters a tenant; see migration 0001.
    definer_functions: ClassVar[list[str]] = [
        "notifications_listening(uuid[])",
        "notifications_overdue(timestamptz)",
        "notifications_purge(timestamptz, integer)",
    ]
