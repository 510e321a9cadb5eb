"""Addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from buildrunner.server.domains.ai.web import (
    arbitrations,
    explain,
    performance,
    profiles,
    providers,
    task_settings,
)

_EXPLAIN = "projects/<uuid:project_id>/explain"
_MODELS = "projects/<uuid:project_id>/models"

urlpatterns: list[URLPattern] = [
    path("orgs/<uuid:org_id>/models", providers.providers),
    path("orgs/<uuid:org_id>/models/profiles", profiles.profiles),
    path("orgs/<uuid:org_id>/models/<uuid:provider_id>", providers.change),
    path(_MODELS, performance.performance),
    path(f"{_MODELS}/routes", performance.routes),
    path(f"{_MODELS}/arbitrations", arbitrations.arbitrations),
    path(f"{_MODELS}/arbitrations/<uuid:arbitration_id>", arbitrations.arbitration),
    path(f"{_MODELS}/settings", task_settings.task_settings),
    path(_EXPLAIN, explain.explain),
    path(f"{_EXPLAIN}/worded", explain.worded),
    path(f"{_EXPLAIN}/overview", explain.overview),
    path(f"{_EXPLAIN}/tour", explain.tour),
]
