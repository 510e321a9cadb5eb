"""Django's name for the room."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Metrics, costs, anomalies, collectors and reports."""

    name = "buildrunner.server.domains.analytics"
    label = "analytics"

    # For schedules; see the migrations.
    definer_functions: ClassVar[list[str]] = [
        "analytics_locate_anomaly(uuid)",
        "analytics_locate_source(uuid)",
        "analytics_locate_report(uuid)",
        "analytics_watched()",
        "analytics_sources_due()",
        "analytics_reports_due()",
    ]
