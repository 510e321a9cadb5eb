"""Addresses of a tenant's settings."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.tenancy.web import pages

urlpatterns = [
    path("settings/keys", pages.keys),
    path("settings/keys/<uuid:key_id>/revoke", pages.revoke),
]
