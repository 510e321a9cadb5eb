"""Add, change and take away providers of models; ask one whether it answers."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import httpx
from django.db.utils import IntegrityError

from buildrunner.server.domains.ai import events
from buildrunner.server.domains.ai.errors import ProviderInvalid, ProviderNameTaken, ProvidersFull
from buildrunner.server.domains.ai.models import Provider
from buildrunner.server.domains.ai.queries import providers as queries
from buildrunner.server.domains.ai.rules import providers as rules
from buildrunner.server.domains.ai.rules.listing import model_names
from buildrunner.server.domains.ai.types.providers import ProviderView, Trial, Upstream
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.http.outbound import (
    OutboundRefused,
    OutboundTooLarge,
    outbound_client,
    url_fault,
)

_TRIAL_SECONDS = 10.0
ANTHROPIC_VERSION = "2023-06-01"


def add_provider(
    actor: Actor,
    org_id: UUID,
    *,
    kind: str,
    name: str,
    base_url: str = "",
    api_key: str = "",
    models: list[str] | None = None,
    fallbacks: dict[str, list[str]] | None = None,
    priority: int = 100,
    timeout_seconds: int = 600,
    retries: int = 2,
) -> ProviderView:
    """A provider of the organization; the key is sealed and never shown again.

    Raises `ProviderInvalid` for an address that could never be called, `ProviderNameTaken`.
    """
    if kind not in rules.KINDS:
        raise ProviderInvalid(f"kind is one of {', '.join(rules.KINDS)}.", field="kind")
    name, api_key = rules.checked_name(name), rules.checked_key(api_key)
    url = _checked_url(kind, base_url)
    rules.checked_limits(timeout_seconds, retries)
    if kind != "compatible" and not api_key:
        raise ProviderInvalid("This kind of provider needs an api_key.", field="api_key")
    with organization_scope(actor, org_id, "model.manage"):
        if Provider.objects.count() >= rules.MOST_PROVIDERS:
            raise ProvidersFull(f"An organization has at most {rules.MOST_PROVIDERS} providers.")
        row = Provider(
            org_id=org_id,
            kind=kind,
            name=name,
            base_url=url,
            api_key=seal(api_key, queries.SEAL) if api_key else "",
            key_hint=rules.hint(api_key),
            models=rules.checked_models(models or []),
            fallbacks=rules.checked_fallbacks(fallbacks or {}),
            priority=priority,
            timeout_seconds=timeout_seconds,
            retries=retries,
        )
        _keep(row)
        _tell(events.PROVIDER_ADDED, actor, row)
        return queries.view_of(row)


def change_provider(actor: Actor, org_id: UUID, provider_id: UUID, **changes: Any) -> ProviderView:
    """Change what is given of name, base_url, api_key, models, fallbacks, priority,
    timeout_seconds, retries, enabled.

    A new address needs the key again: a key never goes to an address that its owner did not give
    it for.
    """
    with organization_scope(actor, org_id, "model.manage"):
        row = queries.find_provider(provider_id, lock=True)
        before = {name: getattr(row, name) for name in (*_PLAIN, "api_key")}
        _change(row, changes)
        changed = [name for name, value in before.items() if getattr(row, name) != value]
        if changed:
            _keep(row)
            _tell(events.PROVIDER_CHANGED, actor, row, changed=changed)
        return queries.view_of(row)


_PLAIN = (
    "name",
    "base_url",
    "models",
    "fallbacks",
    "priority",
    "timeout_seconds",
    "retries",
    "enabled",
)


def _change(row: Provider, changes: dict[str, Any]) -> None:
    if changes.get("name") is not None:
        row.name = rules.checked_name(changes["name"])
    key = changes.get("api_key")
    if changes.get("base_url") is not None:
        url = _checked_url(row.kind, changes["base_url"])
        if url != row.base_url and row.api_key and key is None:
            raise ProviderInvalid(
                "Another address needs the key again: send api_key with base_url.",
                field="api_key",
            )
        row.base_url = url
    if key is not None:
        key = rules.checked_key(key)
        if not key and row.kind != "compatible":
            raise ProviderInvalid("This kind of provider needs an api_key.", field="api_key")
        row.api_key = seal(key, queries.SEAL) if key else ""
        row.key_hint = rules.hint(key)
    if changes.get("models") is not None:
        row.models = rules.checked_models(changes["models"])
    if changes.get("fallbacks") is not None:
        row.fallbacks = rules.checked_fallbacks(changes["fallbacks"])
    for name in ("priority", "timeout_seconds", "retries", "enabled"):
        if changes.get(name) is not None:
            setattr(row, name, changes[name])
    rules.checked_limits(row.timeout_seconds, row.retries)


def remove_provider(actor: Actor, org_id: UUID, provider_id: UUID) -> None:
    """Nothing is sent there any more, and its key is forgotten."""
    with organization_scope(actor, org_id, "model.manage"):
        row = queries.find_provider(provider_id, lock=True)
        _tell(events.PROVIDER_REMOVED, actor, row)
        row.delete()


def try_provider(actor: Actor, org_id: UUID, provider_id: UUID) -> Trial:
    """Ask it for its models: whether it answers and takes the key. Costs nothing."""
    with organization_scope(actor, org_id, "model.manage"):
        row = queries.find_provider(provider_id)
        upstream = queries.upstream_of(row)
    if upstream is None:
        trial = Trial(False, "Its key does not open; send it again with PATCH.", [])
    else:
        trial = _ask(upstream)
    with tenant_scope(org_id):
        _tell(events.PROVIDER_TESTED, actor, row, ok=trial.ok, detail=trial.detail)
    return trial


def _ask(upstream: Upstream) -> Trial:
    headers = {"Authorization": f"Bearer {upstream.key}"} if upstream.key else {}
    if upstream.kind == "anthropic":
        headers = {"x-api-key": upstream.key, "anthropic-version": ANTHROPIC_VERSION}
    began = time.perf_counter()
    try:
        with outbound_client(own=True, seconds=_TRIAL_SECONDS) as client:
            answer = client.get(
                rules.endpoint(upstream.kind, upstream.base_url, "/models"), headers=headers
            )
    except OutboundRefused as refused:
        return Trial(False, str(refused), [])
    except OutboundTooLarge:
        return Trial(False, "It answers, with a list too long to read.", [])
    except httpx.TimeoutException:
        return Trial(False, f"It did not answer within {_TRIAL_SECONDS:.0f} seconds.", [])
    except httpx.TransportError:
        return Trial(False, "No connection could be made to its address.", [])
    took = int((time.perf_counter() - began) * 1000)
    if answer.status_code in (401, 403):
        return Trial(False, f"It refuses the key ({answer.status_code}).", [], took)
    if answer.status_code != 200:
        return Trial(False, f"It answers {answer.status_code} to the list of models.", [], took)
    names = model_names(answer.content)
    if names is None:
        return Trial(False, "It answers, but not with a list of models.", [], took)
    return Trial(True, f"It answers and takes the key; {len(names)} models.", names, took)


def _checked_url(kind: str, base_url: str) -> str:
    url = rules.address(kind, base_url)
    fault = url_fault(url, own=True)
    if fault:
        words = fault.replace("BR_OUTBOUND_ALLOW", "BR_ALLOW_PRIVATE_ADDRESSES=1")
        words = words.replace("BR_OUTBOUND_HTTP", "BR_ALLOW_PRIVATE_ADDRESSES=1")
        raise ProviderInvalid(words, code="url_refused", field="base_url")
    return url


def _keep(row: Provider) -> None:
    taken = Provider.objects.filter(name=row.name).exclude(id=row.id)
    if taken.exists():
        raise ProviderNameTaken(f"Another provider is called {row.name}.", field="name")
    try:
        row.save()
    except IntegrityError:
        raise ProviderNameTaken(f"Another provider is called {row.name}.", field="name") from None


def _tell(kind: str, actor: Actor, row: Provider, **more: Any) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        subject=str(row.id),
        data={
            "name": row.name,
            "kind": row.kind,
            "base_url": row.base_url,
            "models": row.models,
            "enabled": row.enabled,
            "key_hint": row.key_hint,
            **more,
        },
    )
