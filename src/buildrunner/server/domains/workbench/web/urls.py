"""Addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from buildrunner.server.domains.workbench.web import (
    context,
    create,
    flow,
    mine,
    reconcile,
    rescope,
    runs,
    timeline,
)

_CREATE = "projects/<uuid:project_id>/create"
_FLOW = "projects/<uuid:project_id>/flow"
_RECONCILE = "projects/<uuid:project_id>/reconcile"
_TIMELINE = "projects/<uuid:project_id>/timeline"
_WORKBENCH = "projects/<uuid:project_id>/workbench"

urlpatterns: list[URLPattern] = [
    path(_CREATE, create.create),
    path(f"{_CREATE}/<uuid:draft_id>", create.review),
    path(f"{_CREATE}/<uuid:draft_id>/export.json", create.export),
    path(f"{_CREATE}/<uuid:draft_id>/answers", create.answer),
    path(f"{_CREATE}/<uuid:draft_id>/accept", create.accept),
    path(f"{_CREATE}/<uuid:draft_id>/discard", create.discard),
    path(_FLOW, flow.flow),
    path(f"{_FLOW}/items/<path:entity_id>", flow.item),
    path(_RECONCILE, reconcile.reconcile),
    path(f"{_RECONCILE}/export.csv", reconcile.export, {"form": "csv"}),
    path(f"{_RECONCILE}/export.json", reconcile.export, {"form": "json"}),
    path(f"{_RECONCILE}/conflicts/<str:conflict_digest>", reconcile.choose),
    path(f"{_RECONCILE}/reports/<uuid:drift_report_id>/forget", reconcile.forget),
    path(_TIMELINE, timeline.timeline),
    path(f"{_TIMELINE}/events.csv", timeline.export),
    path(f"{_TIMELINE}/runs", runs.runs),
    path(f"{_TIMELINE}/runs/<uuid:run_id>", runs.run),
    path(_WORKBENCH, mine.bench),
    path(f"{_WORKBENCH}/items/<path:microstep_id>", mine.item),
    path(f"{_WORKBENCH}/context/<path:microstep_id>", context.context),
    path(f"{_WORKBENCH}/rescope", rescope.rescope),
    path(f"{_WORKBENCH}/rescope/<uuid:rescope_id>", rescope.proposal),
]
