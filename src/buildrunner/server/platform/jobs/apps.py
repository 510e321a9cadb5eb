"""Django's name for the room."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Deferred work."""

    name = "buildrunner.server.platform.jobs"
    label = "jobs"
