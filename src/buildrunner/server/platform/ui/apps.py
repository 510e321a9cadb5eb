"""Django's name for the room."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Tokens, components, layouts and the scripts every page shares."""

    name = "buildrunner.server.platform.ui"
    label = "ui"
