"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class BlueprintsConfig(AppConfig):
    """Packs and their applications."""

    name = "buildrunner.server.domains.blueprints"
    label = "blueprints"
