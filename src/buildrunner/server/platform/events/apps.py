"""Django's name for the room."""

from typing import ClassVar

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The event table."""

    name = "buildrunner.server.platform.events"
    label = "events"

    # How far the subscribers are behind, over all tenants; see lag.py.
    definer_functions: ClassVar[list[str]] = ["events_lag(integer)"]
