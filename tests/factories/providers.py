"""Providers of models."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.ai import facade as ai
from factories.tenants import Tenant

SECRET = "sk-test-0123456789abcdef"


def make_provider(tenant: Tenant, **members: Any) -> UUID:
    """One of kind openai at an address of the internet, unless told otherwise."""
    given = {"kind": "openai", "name": "OpenAI", "api_key": SECRET, **members}
    return ai.add_provider(tenant.actor, tenant.org_id, **given).id
