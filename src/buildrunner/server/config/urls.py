"""Every address: the API, then each room's pages."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

# Rooms with pages, in the order in which their addresses are tried.
PAGES = (
    "buildrunner.server.config.problem_pages",
    "buildrunner.server.platform.ui.urls",
    "buildrunner.server.domains.identity.web.urls",
    "buildrunner.server.domains.tenancy.web.urls",
    "buildrunner.server.domains.governance.web.urls",
    "buildrunner.server.domains.plans.web.urls",
    "buildrunner.server.domains.notifications.web.urls",
    "buildrunner.server.domains.qa.web.urls",
    "buildrunner.server.domains.audit.web.urls",
    "buildrunner.server.domains.entitlements.web.urls",
    "buildrunner.server.domains.discussion.web.urls",
    "buildrunner.server.domains.blueprints.web.urls",
    "buildrunner.server.domains.workbench.web.urls",
    "buildrunner.server.domains.metering.web.urls",
    "buildrunner.server.domains.analytics.web.urls",
    "buildrunner.server.domains.ai.web.urls",
)


def _pages() -> list[URLPattern | URLResolver]:
    """A room without a `web/urls.py` has no pages."""
    return [
        path("", include(import_module(name)))
        for name in PAGES
        if find_spec(name.rpartition(".")[0]) and find_spec(name)
    ]


def _api() -> list[URLPattern | URLResolver]:
    from buildrunner.server.config.api import api

    return [path("api/", api.urls)]


urlpatterns: list[URLPattern | URLResolver] = [*_api(), *_pages()]

handler400 = "buildrunner.server.platform.http.pages.bad_request"
handler403 = "buildrunner.server.platform.http.pages.forbidden"
handler404 = "buildrunner.server.platform.http.pages.not_found"
# allauth looks for this one.
handler429 = "buildrunner.server.platform.http.pages.too_many"
handler500 = "buildrunner.server.platform.http.pages.server_error"
