"""Addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from buildrunner.server.domains.analytics.web import anomalies, dashboard, reports, rows, sources

_PROJECT = "projects/<uuid:project_id>/analytics"
_PLACES = (_PROJECT, "orgs/<uuid:org_id>/analytics")

urlpatterns: list[URLPattern] = [
    path(_PROJECT, dashboard.dashboard),
    path(f"{_PROJECT}/rows", rows.rows),
    *(path(f"{place}/anomalies", anomalies.anomalies) for place in _PLACES),
    *(path(f"{place}/anomalies/<uuid:anomaly_id>", anomalies.anomaly) for place in _PLACES),
    *(path(f"{place}/anomalies/<uuid:anomaly_id>/review", anomalies.review) for place in _PLACES),
    *(path(f"{place}/sources", sources.sources) for place in _PLACES),
    *(path(f"{place}/sources/new", sources.add) for place in _PLACES),
    *(path(f"{place}/sources/<uuid:source_id>", sources.change) for place in _PLACES),
    path(f"{_PROJECT}/reports", reports.reports),
    path(f"{_PROJECT}/reports/new", reports.add),
    path(f"{_PROJECT}/reports/<uuid:report_id>", reports.change),
]
