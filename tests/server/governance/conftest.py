"""A tenant with a policy, and people who may decide."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, make_tenant, small_plan
from factories.governance import POLICY


@pytest.fixture
def tenant(db: None) -> Tenant:
    made = make_tenant(plan=small_plan())
    governance.save_policy(made.actor, made.project_id, text=POLICY)
    return made


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}"


@pytest.fixture
def access_of(tenant: Tenant) -> Any:
    return lambda actor=None: tenancy.project_scope(actor or tenant.actor, tenant.project_id)
