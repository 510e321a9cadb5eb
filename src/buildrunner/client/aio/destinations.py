"""Where the ledger of an organization is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import LedgerDestination, NewLedgerDestination


class AsyncLedgerDestinations(AsyncResource):
    """`/api/orgs/{org_id}/ledger/destinations`."""

    def list(self, org_id: str) -> AsyncIterator[LedgerDestination]:
        """All of them."""
        return self._transport.pages(_base(org_id), LedgerDestination)

    async def add(
        self,
        org_id: str,
        kind: str,
        name: str,
        url: str,
        *,
        settings: dict[str, str] | None = None,
        secret: str = "",
        redact: bool = False,
        from_start: bool = True,
    ) -> NewLedgerDestination:
        """Send the ledger to a `siem` or an `s3` store, whose `settings` are bucket, region,
        prefix and access_key_id and whose `secret` is the access key. A SIEM's signing secret is
        told this once."""
        body: dict[str, Any] = {
            "kind": kind,
            "name": name,
            "url": url,
            "secret": secret,
            "redact": redact,
            "from_start": from_start,
        }
        if settings is not None:
            body["settings"] = settings
        return await self._transport.send("POST", _base(org_id), NewLedgerDestination, body)

    async def get(self, org_id: str, destination_id: str) -> LedgerDestination:
        """One, and how far it has come."""
        return await self._transport.get(_base(org_id, destination_id), LedgerDestination)

    async def update(
        self,
        org_id: str,
        destination_id: str,
        *,
        name: str | None = None,
        url: str | None = None,
        enabled: bool | None = None,
        redact: bool | None = None,
        secret: str | None = None,
    ) -> LedgerDestination:
        """Change one; what is `None` stays."""
        body = {"name": name, "url": url, "enabled": enabled, "redact": redact, "secret": secret}
        body = {name: value for name, value in body.items() if value is not None}
        path = _base(org_id, destination_id)
        return await self._transport.send("PATCH", path, LedgerDestination, body)

    async def remove(self, org_id: str, destination_id: str) -> None:
        """Stop sending there."""
        await self._transport.delete(_base(org_id, destination_id))

    async def send(self, org_id: str, destination_id: str) -> LedgerDestination:
        """Send what waits now."""
        path = _base(org_id, destination_id, "send")
        return await self._transport.send("POST", path, LedgerDestination)


def _base(org_id: str, *parts: str) -> str:
    base = f"/api/orgs/{wire.segment(org_id)}/ledger/destinations"
    return "/".join([base, *map(wire.segment, parts)])
