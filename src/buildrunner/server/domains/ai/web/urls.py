"""Addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from buildrunner.server.domains.ai.web import explain, providers

_EXPLAIN = "projects/<uuid:project_id>/explain"

urlpatterns: list[URLPattern] = [
    path("orgs/<uuid:org_id>/models", providers.providers),
    path("orgs/<uuid:org_id>/models/<uuid:provider_id>", providers.change),
    path(_EXPLAIN, explain.explain),
    path(f"{_EXPLAIN}/worded", explain.worded),
    path(f"{_EXPLAIN}/overview", explain.overview),
    path(f"{_EXPLAIN}/tour", explain.tour),
]
