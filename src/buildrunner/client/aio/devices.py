"""Sign-in of a terminal through a browser (RFC 8628)."""

from __future__ import annotations

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import DeviceGrant, DeviceKey


class AsyncDevices(AsyncResource):
    """`/api/auth/device`; both calls need no key."""

    async def start(self, client_name: str) -> DeviceGrant:
        """Ask for a code that a signed-in person approves."""
        body = {"client_name": client_name}
        answer = await self._transport.request("POST", "/api/auth/device", json=body)
        return wire.decode(answer, DeviceGrant)

    async def redeem(self, device_code: str) -> DeviceKey:
        """The key, once approved; until then a `Problem` with code `authorization_pending`."""
        body = {"device_code": device_code}
        answer = await self._transport.request("POST", "/api/auth/device/token", json=body)
        return wire.decode(answer, DeviceKey)
