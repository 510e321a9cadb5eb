"""Addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from buildrunner.server.domains.workbench.web import reconcile

_RECONCILE = "projects/<uuid:project_id>/reconcile"

urlpatterns: list[URLPattern] = [
    path(_RECONCILE, reconcile.reconcile),
    path(f"{_RECONCILE}/export.csv", reconcile.export, {"form": "csv"}),
    path(f"{_RECONCILE}/export.json", reconcile.export, {"form": "json"}),
    path(f"{_RECONCILE}/conflicts/<str:conflict_digest>", reconcile.choose),
    path(f"{_RECONCILE}/reports/<uuid:drift_report_id>/forget", reconcile.forget),
]
