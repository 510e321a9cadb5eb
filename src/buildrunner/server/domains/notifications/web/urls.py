"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.notifications.web import changes, channels, inbox, pages

_CHANNELS = "orgs/<uuid:org_id>/channels"
_ALL = "orgs/<uuid:org_id>/webhooks"
_ONE = f"{_ALL}/<uuid:webhook_id>"
_DELIVERY = f"{_ONE}/deliveries/<uuid:delivery_id>"

urlpatterns = [
    path("notifications", inbox.inbox),
    path("notifications/flyout", inbox.flyout),
    path("notifications/read", inbox.read),
    path("notifications/unsubscribe/<str:token>", inbox.unsubscribe),
    path("account/notifications", inbox.preferences),
    path("projects/<uuid:project_id>/channels", channels.of_project),
    path(_CHANNELS, channels.channels),
    path(f"{_CHANNELS}/<uuid:channel_id>", channels.channel),
    *[
        path(f"{_CHANNELS}/<uuid:channel_id>/{verb}", channels.act, {"verb": verb})
        for verb in ("test", "replay", "switch", "delete")
    ],
    path(f"{_CHANNELS}/<uuid:channel_id>/deliveries/<uuid:channel_delivery_id>", channels.delivery),
    path(
        f"{_CHANNELS}/<uuid:channel_id>/deliveries/<uuid:channel_delivery_id>/replay",
        channels.replay_one,
    ),
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
