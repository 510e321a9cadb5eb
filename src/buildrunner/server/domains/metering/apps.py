"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Usage events, prices, budgets."""

    name = "buildrunner.server.domains.metering"
    label = "metering"
