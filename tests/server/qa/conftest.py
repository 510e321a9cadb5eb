"""A tenant whose plan has checks, and people with roles."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, make_tenant
from factories.evidence import checked_plan


@pytest.fixture
def plan() -> dict[str, Any]:
    return checked_plan(3, criteria=2)


@pytest.fixture
def tenant(db: None, plan: dict[str, Any]) -> Tenant:
    return make_tenant(plan=plan)


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}"


@pytest.fixture
def access_of(tenant: Tenant) -> Any:
    return lambda actor=None: tenancy.project_scope(actor or tenant.actor, tenant.project_id)
