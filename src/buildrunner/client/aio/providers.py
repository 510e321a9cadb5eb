"""Providers of models, which the gateway under `/v1` calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import ModelProvider, ProviderTrial

_PATH = "/api/models/providers"


class AsyncModelProviders(AsyncResource):
    """Of an organization: without `org_id` the caller's own."""

    def list(self, org_id: str | None = None) -> AsyncIterator[ModelProvider]:
        """In the order in which they are asked."""
        return self._transport.pages(_PATH, ModelProvider, org_id=org_id)

    async def add(
        self,
        kind: Literal["openai", "anthropic", "compatible"],
        name: str,
        *,
        api_key: str = "",
        base_url: str = "",
        models: Sequence[str] = (),
        fallbacks: Mapping[str, Sequence[str]] | None = None,
        org_id: str | None = None,
    ) -> ModelProvider:
        """A provider; its key is sealed and never shown again."""
        body: dict[str, Any] = {
            "kind": kind,
            "name": name,
            "api_key": api_key,
            "base_url": base_url,
            "models": [*models],
            "fallbacks": {model: [*others] for model, others in (fallbacks or {}).items()},
        }
        if org_id is not None:
            body["org_id"] = org_id
        return await self._transport.send("POST", _PATH, ModelProvider, body)

    async def get(self, provider_id: str, org_id: str | None = None) -> ModelProvider:
        """One of them."""
        return await self._transport.get(_one(provider_id), ModelProvider, org_id=org_id)

    async def update(
        self,
        provider_id: str,
        *,
        org_id: str | None = None,
        name: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        models: Sequence[str] | None = None,
        fallbacks: Mapping[str, Sequence[str]] | None = None,
        priority: int | None = None,
        timeout_seconds: int | None = None,
        retries: int | None = None,
        enabled: bool | None = None,
    ) -> ModelProvider:
        """Change what is given; another `base_url` needs the `api_key` anew."""
        given: dict[str, Any] = {
            "name": name,
            "base_url": base_url,
            "api_key": api_key,
            "models": None if models is None else [*models],
            "fallbacks": None
            if fallbacks is None
            else {model: [*others] for model, others in fallbacks.items()},
            "priority": priority,
            "timeout_seconds": timeout_seconds,
            "retries": retries,
            "enabled": enabled,
        }
        body = {key: value for key, value in given.items() if value is not None}
        answer = await self._transport.request(
            "PATCH", _one(provider_id), params={"org_id": org_id}, json=body, keyed=True
        )
        return wire.decode(answer, ModelProvider)

    async def remove(self, provider_id: str, org_id: str | None = None) -> None:
        """Nothing is sent there any more."""
        await self._transport.request(
            "DELETE", _one(provider_id), params={"org_id": org_id}, keyed=True
        )

    async def test(self, provider_id: str, org_id: str | None = None) -> ProviderTrial:
        """Whether it answers and takes its key."""
        path = f"{_one(provider_id)}/test"
        answer = await self._transport.request("POST", path, params={"org_id": org_id}, keyed=True)
        return wire.decode(answer, ProviderTrial)


def _one(provider_id: str) -> str:
    return f"{_PATH}/{wire.segment(provider_id)}"
