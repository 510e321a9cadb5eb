"""`/v1/models`: what can be called, in the words of the protocol that asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

import aiohttp
import msgspec

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.errors import ModelUnserved
from buildrunner.server.domains.ai.rest.gateway.callers import Callers, Kept
from buildrunner.server.domains.ai.rest.gateway.upstreams import ANTHROPIC_VERSION, Upstreams
from buildrunner.server.domains.ai.rules.listing import model_names
from buildrunner.server.domains.ai.rules.providers import endpoint, serves
from buildrunner.server.platform.http.outbound import url_fault

SECONDS: Final = 300.0
WAIT: Final = 5.0
LARGEST: Final = 4 * 1024 * 1024
# Nobody tells when; the clients want a time.
_UNKNOWN: Final = "1970-01-01T00:00:00Z"


class ModelLists:
    """The models of an organization's providers: those they list here, else those they tell."""

    def __init__(self, callers: Callers, upstreams: Upstreams) -> None:
        self._callers, self._upstreams = callers, upstreams
        self._told: Kept[tuple[UUID, str], list[str]] = Kept(SECONDS)

    async def answer(self, path: str, headers: Mapping[str, str], protocol: str) -> bytes:
        """The list, or one model of it; raises `ModelUnserved`."""
        cause = await self._callers.cause_of(headers)
        known = await self._callers.upstreams(cause.cause.org_id)
        found: dict[str, str] = {}
        lists = await asyncio.gather(*(self._models(one) for one in known))
        for one, names in zip(known, lists, strict=True):
            for name in names:
                found.setdefault(name, one.provider)
        wanted = unquote(path.removeprefix("/v1/models").strip("/"))
        if wanted:
            if wanted not in found:
                owner = ai.choose(known, wanted, "messages" if protocol == "messages" else "chat")
                found[wanted] = owner[0].provider
            return _json(_entry(wanted, found[wanted], protocol))
        entries = [_entry(name, owner, protocol) for name, owner in sorted(found.items())]
        if protocol != "messages":
            return _json({"object": "list", "data": entries})
        ends = (entries[0]["id"], entries[-1]["id"]) if entries else (None, None)
        return _json({"data": entries, "has_more": False, "first_id": ends[0], "last_id": ends[1]})

    async def _models(self, upstream: ai.Upstream) -> list[str]:
        if upstream.models:
            return list(upstream.models)
        try:
            return await self._told.get(
                (upstream.provider_id, upstream.base_url), lambda: self._ask(upstream)
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ModelUnserved):
            return []

    async def _ask(self, upstream: ai.Upstream) -> list[str]:
        url = endpoint(upstream.kind, upstream.base_url, "/models")
        if url_fault(url, own=True):
            return []
        headers = {"Authorization": f"Bearer {upstream.key}"} if upstream.key else {}
        if upstream.kind == "anthropic":
            headers = {"x-api-key": upstream.key, "anthropic-version": ANTHROPIC_VERSION}
        async with (
            asyncio.timeout(WAIT),
            self._upstreams.session().get(url, headers=headers, allow_redirects=False) as answer,
        ):
            body = bytearray()
            async for piece in answer.content.iter_any():
                body += piece
                if len(body) > LARGEST:
                    raise TimeoutError
        names = model_names(bytes(body)) if answer.status == 200 else None
        if names is None:
            raise TimeoutError
        return [name for name in names if serves(upstream.kind, (), name)]


def _entry(name: str, owner: str, protocol: str) -> dict[str, Any]:
    if protocol == "messages":
        return {"type": "model", "id": name, "display_name": name, "created_at": _UNKNOWN}
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)
