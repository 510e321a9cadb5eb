"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.metering.web import budgets, usage

_PLACES = ("projects/<uuid:project_id>/usage", "orgs/<uuid:org_id>/usage")

urlpatterns = [
    path(_PLACES[0], usage.project),
    path(_PLACES[1], usage.organization),
    *(path(f"{place}/budgets", budgets.add) for place in _PLACES),
    *(path(f"{place}/budgets/<uuid:budget_id>", budgets.change) for place in _PLACES),
    *(path(f"{place}/budgets/<uuid:budget_id>/end", budgets.end) for place in _PLACES),
    *(path(f"{place}/budgets/<uuid:budget_id>/approve", budgets.approve) for place in _PLACES),
    path(f"{_PLACES[1]}/quotas/<str:kind>", budgets.quota),
]
