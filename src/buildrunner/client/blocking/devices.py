"""Sign-in of a terminal through a browser (RFC 8628)."""

from __future__ import annotations

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import DeviceGrant, DeviceKey


class Devices(Resource):
    """`/api/auth/device`; both calls need no key."""

    def start(self, client_name: str) -> DeviceGrant:
        """Ask for a code that a signed-in person approves."""
        body = {"client_name": client_name}
        answer = self._transport.request("POST", "/api/auth/device", json=body)
        return wire.decode(answer, DeviceGrant)

    def redeem(self, device_code: str) -> DeviceKey:
        """The key, once approved; until then a `Problem` with code `authorization_pending`."""
        body = {"device_code": device_code}
        answer = self._transport.request("POST", "/api/auth/device/token", json=body)
        return wire.decode(answer, DeviceKey)
