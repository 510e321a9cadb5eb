"""Sources of usage, and collecting it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Collection, UsageSource

_BASE = "/api/analytics/sources"


class UsageSources(Resource):
    """`/api/analytics/sources` and `/api/analytics/collect`."""

    def list(
        self, *, project_id: str | None = None, org_id: str | None = None
    ) -> Iterator[UsageSource]:
        """Of a project, or of an organization."""
        return self._transport.pages(
            _BASE, UsageSource, **_told(project_id=project_id, org_id=org_id)
        )

    def add(
        self,
        kind: str,
        name: str,
        *,
        project_id: str | None = None,
        org_id: str | None = None,
        api_key: str = "",
        base_url: str = "",
        settings: dict[str, Any] | None = None,
    ) -> UsageSource:
        """Read a provider every day; at once for the first time."""
        body = {
            **_told(project_id=project_id, org_id=org_id),
            "kind": kind,
            "name": name,
            "api_key": api_key,
            "base_url": base_url,
            "settings": settings or {},
        }
        return self._transport.send("POST", _BASE, UsageSource, body)

    def update(
        self,
        source_id: str,
        *,
        name: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        settings: dict[str, Any] | None = None,
        enabled: bool | None = None,
    ) -> UsageSource:
        """Change it; what is `None` stays. Another address needs the key again."""
        body = _told(
            name=name, api_key=api_key, base_url=base_url, settings=settings, enabled=enabled
        )
        return self._transport.send("PATCH", _one(source_id), UsageSource, body)

    def remove(self, source_id: str) -> None:
        """Its key is forgotten; what was counted stays."""
        self._transport.request("DELETE", _one(source_id), keyed=True)

    def collect(
        self,
        *,
        project_id: str | None = None,
        org_id: str | None = None,
        source_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Collection:
        """Read sources now: one, or all of a project or organization; days count once."""
        body = _told(
            project_id=project_id, org_id=org_id, source_id=source_id, since=since, until=until
        )
        return self._transport.send("POST", "/api/analytics/collect", Collection, body)


def _told(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _one(source_id: str) -> str:
    return f"{_BASE}/{wire.segment(source_id)}"
