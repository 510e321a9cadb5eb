"""Drafts of a tenant's project."""

from __future__ import annotations

from buildrunner.server.domains.workbench import facade as workbench
from factories.tenants import Tenant

PROMPT = "Customers can pay with Stripe. Send a receipt by email. It must be fast."


def make_draft(tenant: Tenant, text: str = PROMPT) -> workbench.DraftView:
    """An open draft of a prompt."""
    given = workbench.DraftIn("prompt", text)
    return workbench.start_draft(tenant.actor, tenant.project_id, given=given)
