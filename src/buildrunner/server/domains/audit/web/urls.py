"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.audit.web import access_reviews, destinations

_REVIEWS = "orgs/<uuid:org_id>/access-reviews"
_REVIEW = f"{_REVIEWS}/<uuid:review_id>"

urlpatterns = [
    path("orgs/<uuid:org_id>/ledger/destinations", destinations.destinations),
    path("orgs/<uuid:org_id>/ledger/destinations/<uuid:destination_id>", destinations.change),
    path(_REVIEWS, access_reviews.reviews),
    path(f"{_REVIEWS}/schedule", access_reviews.schedule),
    path(_REVIEW, access_reviews.review),
    path(f"{_REVIEW}/items/<uuid:item_id>", access_reviews.decide),
]
