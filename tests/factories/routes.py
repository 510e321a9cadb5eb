"""Profiles, settings and routes of models."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from buildrunner.server.domains.ai import facade as ai
from factories.tenants import Tenant


def make_route(tenant: Tenant) -> UUID:
    """A route of the tenant's project, with an own profile and a setting beside it."""
    ai.set_profile(
        tenant.actor,
        tenant.org_id,
        "own-1",
        provider="own",
        task_types=["qa"],
        quality=Decimal(8),
        speed=Decimal(8),
        context=8_000,
        max_output=1_000,
    )
    ai.set_task_settings(tenant.actor, tenant.project_id, "qa", preferred_model="own-1")
    return ai.route_task(tenant.actor, tenant.project_id, "qa")[0].id
