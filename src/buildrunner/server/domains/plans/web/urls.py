"""Addresses of the plan's pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.plans.web import (
    activity,
    dependencies,
    dialogs,
    drawer,
    edits,
    history,
    pages,
    projects,
    search,
)

urlpatterns = [
    path("", projects.home),
    path("search", search.search),
    path("projects", projects.projects),
    path("projects/new", projects.new_project),
    path("projects/<uuid:project_id>", projects.project),
    path("projects/<uuid:project_id>/progress", projects.progress),
    path("projects/<uuid:project_id>/plan", pages.plan),
    path("projects/<uuid:project_id>/plan/rows", pages.rows),
    path("projects/<uuid:project_id>/plan/groups", pages.group),
    path("projects/<uuid:project_id>/plan/edits", edits.edits),
    path("projects/<uuid:project_id>/plan/places", dialogs.places),
    path("projects/<uuid:project_id>/plan/split", dialogs.split),
    path("projects/<uuid:project_id>/plan/merge", dialogs.merge),
    path("projects/<uuid:project_id>/plan/remove", dialogs.remove),
    path("projects/<uuid:project_id>/plan/milestones/<path:entity_id>", pages.milestone),
    path("projects/<uuid:project_id>/plan/items/<path:entity_id>", drawer.entry),
    path("projects/<uuid:project_id>/plan/activity/<path:entity_id>", activity.activity),
    path("projects/<uuid:project_id>/plan/candidates/<path:entity_id>", dependencies.candidates),
    path("projects/<uuid:project_id>/history", history.history),
    path("projects/<uuid:project_id>/history/<int:number>", history.revision),
    path("projects/<uuid:project_id>/history/<int:number>/document", history.document),
    path("projects/<uuid:project_id>/history/<int:number>/restore", history.restore),
    path("projects/<uuid:project_id>/history/<int:number>/undo", history.undo),
]
