"""Runs of agents."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.workbench import facade as workbench
from factories.tenants import Tenant


def make_run(tenant: Tenant) -> UUID:
    """An open run in a tenant's project; another one each time."""
    view, _ = workbench.start_run(
        tenant.actor, tenant.project_id, workbench.RunIn(program="claude-code", commit="1f0c2b6d9e")
    )
    return view.id
