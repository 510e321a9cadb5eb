"""Django's name for the room and its look-up functions."""

from typing import ClassVar

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """The inbox, mails, chat channels and outbound webhooks."""

    name = "buildrunner.server.domains.notifications"
    label = "notifications"

    # The worker asks them before it enters a tenant; see the migrations.
    definer_functions: ClassVar[list[str]] = [
        "notifications_listening(uuid[])",
        "notifications_overdue(timestamptz)",
        "notifications_purge(timestamptz, integer)",
        "notifications_inbox(uuid, uuid, uuid, boolean, boolean, boolean, text[], uuid, integer)",
        "notifications_unread(uuid, uuid, uuid, boolean, boolean)",
        "notifications_mail_due(timestamptz)",
        "notifications_purge_notices(timestamptz, integer)",
    ]
