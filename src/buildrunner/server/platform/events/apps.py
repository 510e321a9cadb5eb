"""Django's name for the room."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The event table."""

    name = "buildrunner.server.platform.events"
    label = "events"
