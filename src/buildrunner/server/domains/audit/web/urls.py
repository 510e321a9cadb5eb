"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.audit.web import access_reviews, destinations, ledger

_LEDGER = "orgs/<uuid:org_id>/ledger"
_REVIEWS = "orgs/<uuid:org_id>/access-reviews"
_REVIEW = f"{_REVIEWS}/<uuid:review_id>"

urlpatterns = [
    path(_LEDGER, ledger.ledger),
    path(f"{_LEDGER}/<int:seq>", ledger.record),
    path(f"{_LEDGER}/checkpoint", ledger.checkpoint),
    path(f"{_LEDGER}/checkpoints/<int:number>", ledger.note),
    path(f"{_LEDGER}/export.jsonl", ledger.export, {"form": "jsonl"}),
    path(f"{_LEDGER}/export.csv", ledger.export, {"form": "csv"}),
    path(f"{_LEDGER}/settings", ledger.settings),
    path(f"{_LEDGER}/erase", ledger.erase),
    path("orgs/<uuid:org_id>/ledger/destinations", destinations.destinations),
    path("orgs/<uuid:org_id>/ledger/destinations/<uuid:destination_id>", destinations.change),
    path(_REVIEWS, access_reviews.reviews),
    path(f"{_REVIEWS}/schedule", access_reviews.schedule),
    path(_REVIEW, access_reviews.review),
    path(f"{_REVIEW}/items/<uuid:item_id>", access_reviews.decide),
]
