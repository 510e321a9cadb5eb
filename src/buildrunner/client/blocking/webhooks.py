"""Outbound webhooks of an organization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Delivery, DeliveryDetail, NewWebhook, Replay, Webhook


class Webhooks(Resource):
    """`/api/orgs/{org_id}/webhooks`."""

    def list(self, org_id: str) -> Iterator[Webhook]:
        """The endpoints of an organization."""
        return self._transport.pages(_base(org_id), Webhook)

    def create(
        self,
        org_id: str,
        url: str,
        *,
        kinds: Sequence[str] = ("*",),
        description: str = "",
        project_id: str | None = None,
        enabled: bool = True,
    ) -> NewWebhook:
        """Add an endpoint; its signing secret is told this once."""
        body: dict[str, Any] = {
            "url": url,
            "kinds": list(kinds),
            "description": description,
            "enabled": enabled,
        }
        if project_id is not None:
            body["project_id"] = project_id
        return self._transport.send("POST", _base(org_id), NewWebhook, body)

    def get(self, org_id: str, webhook_id: str) -> Webhook:
        """One endpoint."""
        return self._transport.get(_base(org_id, webhook_id), Webhook)

    def update(
        self,
        org_id: str,
        webhook_id: str,
        *,
        url: str | None = None,
        kinds: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change an endpoint; what is `None` stays."""
        body = {"url": url, "kinds": kinds, "description": description, "enabled": enabled}
        body = {name: value for name, value in body.items() if value is not None}
        return self._transport.send("PATCH", _base(org_id, webhook_id), Webhook, body)

    def remove(self, org_id: str, webhook_id: str) -> None:
        """Delete an endpoint and its log."""
        self._transport.delete(_base(org_id, webhook_id))

    def rotate(
        self, org_id: str, webhook_id: str, *, overlap_seconds: int | None = None
    ) -> NewWebhook:
        """A new signing secret; for `overlap_seconds` messages carry both signatures."""
        body = {} if overlap_seconds is None else {"overlap_seconds": overlap_seconds}
        path = f"{_base(org_id, webhook_id)}/rotate"
        return self._transport.send("POST", path, NewWebhook, body)

    def ping(self, org_id: str, webhook_id: str) -> Delivery:
        """Send a test message."""
        return self._transport.send("POST", f"{_base(org_id, webhook_id)}/ping", Delivery)

    def replay(
        self, org_id: str, webhook_id: str, *, since: str, everything: bool = False
    ) -> Replay:
        """Send again what failed since a time (RFC 3339), or everything since then."""
        body = {"since": since, "everything": everything}
        return self._transport.send("POST", f"{_base(org_id, webhook_id)}/replay", Replay, body)

    def deliveries(
        self,
        org_id: str,
        webhook_id: str,
        *,
        state: str | None = None,
        trouble: bool = False,
        kind: str | None = None,
    ) -> Iterator[Delivery]:
        """The log, newest first: of a `state` (`pending`, `delivered`, `failed`), of a kind of
        event; with `trouble` what failed last, whether given up or to be tried again.
        """
        path = f"{_base(org_id, webhook_id)}/deliveries"
        failed = "true" if trouble else None
        return self._transport.pages(path, Delivery, state=state, trouble=failed, kind=kind)

    def delivery(self, org_id: str, webhook_id: str, delivery_id: str) -> DeliveryDetail:
        """One delivery with its message and every attempt."""
        path = f"{_base(org_id, webhook_id)}/deliveries/{wire.segment(delivery_id)}"
        return self._transport.get(path, DeliveryDetail)

    def replay_delivery(self, org_id: str, webhook_id: str, delivery_id: str) -> Delivery:
        """Send one delivery again."""
        path = f"{_base(org_id, webhook_id)}/deliveries/{wire.segment(delivery_id)}/replay"
        return self._transport.send("POST", path, Delivery)


def _base(org_id: str, webhook_id: str | None = None) -> str:
    path = f"/api/orgs/{wire.segment(org_id)}/webhooks"
    return path if webhook_id is None else f"{path}/{wire.segment(webhook_id)}"
