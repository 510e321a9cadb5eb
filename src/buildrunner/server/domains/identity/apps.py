"""Django's name for the room."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People and how they sign in."""

    name = "buildrunner.server.domains.identity"
    label = "identity"
