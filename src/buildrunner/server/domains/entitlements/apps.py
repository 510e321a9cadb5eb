"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    """Tiers and who has which."""

    name = "buildrunner.server.domains.entitlements"
    label = "entitlements"
