"""Channels to chats and mailboxes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import Channel, ChannelDelivery, ChannelDeliveryDetail, Replayed


class AsyncChannels(AsyncResource):
    """`/api/orgs/{org_id}/channels`."""

    def list(
        self, org_id: str, *, project_id: str | None = None, personal: bool = False
    ) -> AsyncIterator[Channel]:
        """Of the organization, of one project, or your own."""
        return self._transport.pages(
            _base(org_id), Channel, project_id=project_id, personal="true" if personal else None
        )

    async def create(
        self,
        org_id: str,
        service: str,
        url: str,
        *,
        kinds: Sequence[str] | None = None,
        least: str | None = None,
        description: str = "",
        project_id: str | None = None,
        personal: bool = False,
    ) -> Channel:
        """Add a channel to `slack`, `discord`, `teams` or `generic`."""
        body: dict[str, Any] = {
            "service": service,
            "url": url,
            "kinds": kinds,
            "least": least,
            "description": description,
            "project_id": project_id,
            "personal": personal,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await self._transport.send("POST", _base(org_id), Channel, body)

    async def get(self, org_id: str, channel_id: str) -> Channel:
        """One channel."""
        return await self._transport.get(_base(org_id, channel_id), Channel)

    async def update(
        self,
        org_id: str,
        channel_id: str,
        *,
        url: str | None = None,
        kinds: Sequence[str] | None = None,
        least: str | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Channel:
        """Change a channel; what is `None` stays."""
        body: dict[str, Any] = {
            "url": url,
            "kinds": kinds,
            "least": least,
            "description": description,
            "enabled": enabled,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await self._transport.send("PATCH", _base(org_id, channel_id), Channel, body)

    async def remove(self, org_id: str, channel_id: str) -> None:
        """Delete a channel and its log."""
        await self._transport.delete(_base(org_id, channel_id))

    async def test(self, org_id: str, channel_id: str) -> ChannelDelivery:
        """Send a test message."""
        path = f"{_base(org_id, channel_id)}/test"
        return await self._transport.send("POST", path, ChannelDelivery)

    def deliveries(
        self, org_id: str, channel_id: str, *, state: str | None = None
    ) -> AsyncIterator[ChannelDelivery]:
        """The log, newest first; `failed` are the dead letters."""
        path = f"{_base(org_id, channel_id)}/deliveries"
        return self._transport.pages(path, ChannelDelivery, state=state)

    async def delivery(
        self, org_id: str, channel_id: str, delivery_id: str
    ) -> ChannelDeliveryDetail:
        """One message with every attempt."""
        path = f"{_base(org_id, channel_id)}/deliveries/{wire.segment(delivery_id)}"
        return await self._transport.get(path, ChannelDeliveryDetail)

    async def replay_delivery(
        self, org_id: str, channel_id: str, delivery_id: str
    ) -> ChannelDelivery:
        """Send one message again."""
        path = f"{_base(org_id, channel_id)}/deliveries/{wire.segment(delivery_id)}/replay"
        return await self._transport.send("POST", path, ChannelDelivery)

    async def replay(self, org_id: str, channel_id: str) -> Replayed:
        """Send every dead letter again."""
        return await self._transport.send("POST", f"{_base(org_id, channel_id)}/replay", Replayed)


def _base(org_id: str, channel_id: str | None = None) -> str:
    path = f"/api/orgs/{wire.segment(org_id)}/channels"
    return path if channel_id is None else f"{path}/{wire.segment(channel_id)}"
