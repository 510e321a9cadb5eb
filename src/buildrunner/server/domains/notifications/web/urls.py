"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.notifications.web import changes, inbox, pages

_ALL = "orgs/<uuid:org_id>/webhooks"
_ONE = f"{_ALL}/<uuid:webhook_id>"
_DELIVERY = f"{_ONE}/deliveries/<uuid:delivery_id>"

urlpatterns = [
    path("notifications", inbox.inbox),
    path("notifications/flyout", inbox.flyout),
    path("notifications/read", inbox.read),
    path("notifications/unsubscribe/<str:token>", inbox.unsubscribe),
    path("account/notifications", inbox.preferences),
    path(_ALL, pages.webhooks),
    path(_ONE, pages.webhook),
    path(f"{_ONE}/switch", changes.switch),
    path(f"{_ONE}/ping", changes.ping),
    path(f"{_ONE}/rotate", changes.rotate),
    path(f"{_ONE}/replay", changes.replay),
    path(f"{_ONE}/delete", changes.delete),
    path(_DELIVERY, pages.delivery),
    path(f"{_DELIVERY}/replay", changes.replay_one),
]
