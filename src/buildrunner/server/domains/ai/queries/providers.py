"""Which providers an organization has, and which of them serves a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from buildrunner.server.domains.ai.errors import ModelUnserved, ProviderAbsent
from buildrunner.server.domains.ai.models import Provider
from buildrunner.server.domains.ai.rules import providers as rules
from buildrunner.server.domains.ai.types.providers import ProviderView, Upstream
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import SealBroken, unseal
from buildrunner.server.platform.db.scope import tenant_scope

SEAL: Final = "ai.provider"


def home_of(actor: Actor, org_id: UUID | None) -> UUID:
    """The organization meant: the one named, else the actor's own."""
    return org_id or tenancy.default_organization(actor)


def providers(actor: Actor, org_id: UUID) -> list[ProviderView]:
    """All of an organization, in the order in which they are asked. Needs `model.manage`."""
    with tenancy.organization_scope(actor, org_id, "model.manage"):
        return [view_of(row) for row in Provider.objects.order_by("priority", "id")]


def get_provider(actor: Actor, org_id: UUID, provider_id: UUID) -> ProviderView:
    """One; raises `NotFound`. Needs `model.manage`."""
    with tenancy.organization_scope(actor, org_id, "model.manage"):
        return view_of(find_provider(provider_id))


def find_provider(provider_id: UUID, *, lock: bool = False) -> Provider:
    """A row of the organization in scope; raises `NotFound`."""
    rows = Provider.objects.select_for_update() if lock else Provider.objects.all()
    found = rows.filter(id=provider_id).first()
    if found is None:
        raise ProviderAbsent(f"No provider {provider_id} here.")
    return found


def upstreams(org_id: UUID) -> list[Upstream]:
    """The providers that are switched on, keys opened, in the order in which they are asked. The
    caller has judged who asks."""
    with tenant_scope(org_id):
        rows = list(Provider.objects.filter(enabled=True).order_by("priority", "id"))
    return [found for found in map(upstream_of, rows) if found is not None]


def upstream_for(org_id: UUID, model: str, *, protocol: str = "chat") -> Upstream:
    """Where a call to a model goes; raises `ModelUnserved`. The caller has judged who asks."""
    return choose(upstreams(org_id), model, protocol)[0]


def choose(known: Sequence[Upstream], model: str, protocol: str) -> list[Upstream]:
    """Who serves a model by a protocol, the first in order first: `model` is set to its name there.

    Those that list it stand in for one another, else those whose kind serves it, else those that
    may serve anything; which others may stand in is a matter of `fallbacks`. `provider/model` asks
    one provider by its name. Raises `ModelUnserved`.
    """
    able = [one for one in known if one.kind in rules.PROTOCOLS[protocol]]
    serving = [one for one in able if rules.serves(one.kind, one.models, model)]
    name, mark, rest = model.partition("/")
    named = [one for one in able if mark and one.provider == name]
    # A compatible provider without a list serves any name, so a provider that is named goes first.
    if named and rest and not any(model in one.models for one in serving):
        return [replace(one, model=rest) for one in named]
    if not serving:
        raise ModelUnserved(_unserved(known, model, protocol), model=model)
    best = min(rules.rank(one.kind, one.models) for one in serving)
    return [
        replace(one, model=model) for one in serving if rules.rank(one.kind, one.models) == best
    ]


def upstream_of(row: Provider) -> Upstream | None:
    """A row with its key opened; None where the seal is broken, and it cannot be asked."""
    try:
        key = unseal(row.api_key, SEAL) if row.api_key else ""
    except SealBroken:
        return None
    return Upstream(
        provider_id=row.id,
        provider=row.name,
        kind=row.kind,
        base_url=row.base_url,
        key=key,
        models=tuple(row.models),
        fallbacks={model: tuple(others) for model, others in row.fallbacks.items()},
        timeout_seconds=float(row.timeout_seconds),
        retries=row.retries,
    )


def view_of(row: Provider) -> ProviderView:
    """Without the key."""
    return ProviderView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        base_url=row.base_url,
        key_hint=row.key_hint,
        models=row.models,
        fallbacks=row.fallbacks,
        priority=row.priority,
        timeout_seconds=row.timeout_seconds,
        retries=row.retries,
        enabled=row.enabled,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _unserved(known: Iterable[Upstream], model: str, protocol: str) -> str:
    names = sorted(one.provider for one in known)
    if not names:
        return (
            "The organization has no model provider yet. Add one: POST /api/models/providers "
            '{"kind": "openai", "name": "OpenAI", "api_key": "…"}.'
        )
    return (
        f"No provider serves {model[:80]!r} by this address ({protocol}); there are "
        f"{', '.join(names)}. `GET /v1/models` lists what can be called."
    )
