"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.qa.web import changes, pages

_ALL = "projects/<uuid:project_id>/tests"

urlpatterns = [
    path(_ALL, pages.tests),
    path(f"{_ALL}/records/<str:address>", pages.record),
    path(f"{_ALL}/items/<path:microstep_id>", pages.microstep),
    path(f"{_ALL}/sign-off/<path:microstep_id>", changes.sign_off),
    path(f"{_ALL}/quarantine/<path:microstep_id>", changes.quarantine),
    path(f"{_ALL}/rerun/<path:microstep_id>", changes.rerun),
    path(f"{_ALL}/sign-offs/<uuid:sign_off_id>/revoke/<path:microstep_id>", changes.revoke),
    path(f"{_ALL}/quarantines/<uuid:quarantine_id>/lift/<path:microstep_id>", changes.lift),
]
