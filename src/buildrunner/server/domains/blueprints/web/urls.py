"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.blueprints.web import applying, pages, publishing

_HOME = "projects/<uuid:project_id>/templates"
_ORG = "orgs/<uuid:org_id>/blueprints"

urlpatterns = [
    path(_HOME, pages.gallery),
    path(f"{_HOME}/use", applying.use),
    path(f"{_HOME}/import", applying.take_in),
    path(f"{_HOME}/publish", publishing.from_plan),
    path(f"{_HOME}/<uuid:blueprint_id>", pages.blueprint),
    path(f"{_HOME}/<uuid:blueprint_id>/rate", pages.rate),
    path(_ORG, publishing.publisher),
    path(f"{_ORG}/<uuid:blueprint_id>", publishing.one),
]
