"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Metrics, anomalies, reports."""

    name = "buildrunner.server.domains.analytics"
    label = "analytics"
