"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class QaConfig(AppConfig):
    """Evidence, sign-offs, quarantines."""

    name = "buildrunner.server.domains.qa"
    label = "qa"
