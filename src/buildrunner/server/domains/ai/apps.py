"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class AiConfig(AppConfig):
    """Model providers, routing, the gateway."""

    name = "buildrunner.server.domains.ai"
    label = "ai"
