"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.entitlements.web import pages

urlpatterns = [path("orgs/<uuid:org_id>/tier", pages.tier)]
