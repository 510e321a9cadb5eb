"""Who calls a model, for what, and which providers are there: asked of the database once, then
kept for some seconds.

A key that is revoked, a provider that is changed: within `SECONDS` every process knows it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.errors import CallInvalid
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotSignedIn
from buildrunner.server.platform.http.quotas import Policy, counter, refusal

SECONDS: Final = 5.0
PLAN_SECONDS: Final = 30.0
PRICE_SECONDS: Final = 30.0
_MOST: Final = 10_000
_WORD: Final = re.compile(r"[!-~]{1,200}")
PERMISSION: Final = "model.use"

Judge = Callable[[Mapping[str, str]], Actor]
Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Answers for some seconds; those who ask at once wait for one answer. Refusals are not kept."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held: dict[Key, tuple[float, Value]] = {}
        self._asked: dict[Key, asyncio.Future[Value]] = {}

    def at_hand(self, key: Key) -> Value | None:
        """The answer, if there is a fresh one."""
        held = self._held.get(key)
        return held[1] if held is not None and held[0] > time.monotonic() else None

    async def get(self, key: Key, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer; `ask` finds it out."""
        found = self.at_hand(key)
        if found is not None:
            return found
        running = self._asked.get(key)
        if running is None:
            running = asyncio.ensure_future(ask())
            self._asked[key] = running
            running.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(running)

    def drop(self, key: Key, *, older: float) -> None:
        """Forget an answer that is older than so many seconds."""
        held = self._held.get(key)
        if held is not None and held[0] - self._seconds + older < time.monotonic():
            del self._held[key]

    def _answered(self, key: Key, done: asyncio.Future[Value]) -> None:
        self._asked.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._held) >= _MOST:
            self._held.clear()
        self._held[key] = (time.monotonic() + self._seconds, done.result())


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever may call models, and whose usage it is."""

    actor: Actor
    cause: metering.Attribution


@dataclass(frozen=True, slots=True)
class Cause:
    """What a call is for. `unknown` is a microstep that the plan does not have."""

    caller: Caller
    cause: metering.Attribution
    unknown: str | None = None


class Callers:
    """Judges requests of the gateway."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._callers: Kept[Any, Caller] = Kept(SECONDS)
        self._places: Kept[Any, ai.Place] = Kept(PLAN_SECONDS)
        self._upstreams: Kept[UUID, list[ai.Upstream]] = Kept(SECONDS)
        self._prices: Kept[Any, tuple[metering.Price | None]] = Kept(PRICE_SECONDS)

    async def cause_of(self, headers: Mapping[str, str]) -> Cause:
        """Who sends these headers and what for; raises `NotSignedIn`, `Forbidden`, `NotFound`."""
        secret = _secret(headers)
        project = _uuid(headers.get("br-project"))
        name = (
            blake2b(secret.encode(), digest_size=16).digest(),
            project,
            headers.get(":scheme"),
            headers.get("host"),
            headers.get(":peer"),
        )
        given = {**headers, "authorization": f"Bearer {secret}"}
        caller = self._callers.at_hand(name)
        if caller is None:
            caller = await self._callers.get(name, lambda: _in_thread(self._admit, given, project))
        expires = caller.actor.expires_at
        if expires is not None and expires <= datetime.now(UTC):
            raise NotSignedIn("This API key has expired.", code="key_invalid")
        self._charge(caller)
        cause = replace(caller.cause, run=_word(headers, "br-run"), pr=_word(headers, "br-pr"))
        microstep = _word(headers, "br-microstep")
        if microstep is None:
            return Cause(caller, cause)
        return await self._placed(caller, cause, microstep)

    async def upstreams(self, org_id: UUID, *, fresh: bool = False) -> list[ai.Upstream]:
        """The organization's providers with their keys; `fresh` after half a second already."""
        if fresh:
            self._upstreams.drop(org_id, older=0.5)
        return await self._upstreams.get(org_id, lambda: _in_thread(ai.upstreams, org_id))

    async def price(self, org_id: UUID, provider: str, model: str) -> metering.Price | None:
        """What a model's tokens cost the organization now; None where nobody knows."""

        async def ask() -> tuple[metering.Price | None]:
            now = datetime.now(UTC)
            return (await _in_thread(metering.quote, org_id, provider, model, now),)

        return (await self._prices.get((org_id, provider, model), ask))[0]

    def _admit(self, headers: Mapping[str, str], project_id: UUID | None) -> Caller:
        actor = self._judge(headers)
        project_id = project_id or actor.project_id
        if project_id is not None:
            with tenancy.project_scope(actor, project_id, PERMISSION) as access:
                org_id = access.org_id
        else:
            org_id = ai.home_of(actor, None)
            with tenancy.organization_scope(actor, org_id, PERMISSION):
                pass
        metering.require_quota(org_id, "tokens", Decimal(1))
        service = actor.kind == "service"
        return Caller(
            actor,
            metering.Attribution(
                org_id=org_id,
                project_id=project_id,
                agent_id=actor.person_id if service else None,
                person_id=None if service else actor.person_id,
                key_id=actor.key_id,
            ),
        )

    def _charge(self, caller: Caller) -> None:
        """Count the call on the caller's quota of this minute, of which a process has a share."""
        quota = settings.BR_RATE_LIMIT
        if quota > 0:
            policy = Policy("caller", quota)
            standing = counter.spent(policy, str(caller.actor.key_id or caller.actor.person_id))
            if standing is not None:
                raise refusal(standing)

    async def _placed(self, caller: Caller, cause: metering.Attribution, microstep: str) -> Cause:
        project_id = cause.project_id
        if project_id is None:
            raise CallInvalid(
                "BR-Microstep needs a project: send BR-Project, or use a key that is bound to one.",
                field="BR-Microstep",
            )
        place = await self._places.get(
            (caller.actor.key_id, project_id, microstep),
            lambda: _in_thread(ai.find_place, caller.actor, project_id, microstep),
        )
        placed = replace(
            cause, milestone=place.milestone, step=place.step, microstep=place.microstep
        )
        return Cause(caller, placed, None if place.known else microstep)


async def _in_thread(work: Callable[..., Value], *arguments: Any) -> Value:
    return await asyncio.to_thread(_with_database, work, arguments)


def _with_database(work: Callable[..., Value], arguments: tuple[Any, ...]) -> Value:
    close_old_connections()
    try:
        return work(*arguments)
    finally:
        close_old_connections()


def _secret(headers: Mapping[str, str]) -> str:
    """The key of `Authorization: Bearer` or, as Anthropic's clients send it, `x-api-key`."""
    bearer = headers.get("authorization", "")
    scheme, _, secret = bearer.strip().partition(" ")
    other = headers.get("x-api-key", "").strip()
    if bearer and scheme.lower() == "bearer" and secret.strip():
        return secret.strip()
    if other:
        return other
    raise NotSignedIn(
        "No key was sent. Send a BuildRunner key (br_…) as `Authorization: Bearer` or `x-api-key`.",
        code="key_missing" if not bearer else "key_invalid",
    )


def _uuid(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text.strip())
    except ValueError:
        raise CallInvalid("BR-Project is not the id of a project.", field="BR-Project") from None


def _word(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    value = value.strip()
    if not _WORD.fullmatch(value):
        raise CallInvalid(f"{name} has 1 to 200 printable characters without spaces.", field=name)
    return value
