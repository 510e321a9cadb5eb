"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.governance.web import editor, project

_HOME = "projects/<uuid:project_id>/governance"
_SETTINGS = "projects/<uuid:project_id>/settings/governance"

urlpatterns = [
    path(_HOME, project.overview),
    path(f"{_HOME}/requests/<int:number>", project.change_request),
    path(f"{_HOME}/requests/<int:number>/decide", project.decide),
    path(f"{_HOME}/post-reviews/<uuid:post_review_id>", project.review),
    path(f"{_HOME}/waivers", project.waivers),
    path(f"{_HOME}/waivers/<uuid:waiver_id>/revoke", project.revoke),
    path(_SETTINGS, editor.editor),
    path(f"{_SETTINGS}/findings", editor.findings),
    path(f"{_SETTINGS}/simulate", editor.simulate),
    path(f"{_SETTINGS}/versions/<int:number>", editor.version),
    path(f"{_SETTINGS}/versions/<int:number>/restore", editor.restore),
]
