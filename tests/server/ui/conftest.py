"""A browser without scripts: a signed-in Django client."""

import json

import pytest
from django.test import Client

from factories import Tenant, make_tenant
from kits.visitor import sign_in


@pytest.fixture
def plan(data_dir):
    """A real plan of 66 microsteps."""
    return json.loads((data_dir / "plans" / "buildrunner-phase8.json").read_bytes())


@pytest.fixture
def owner(db, plan) -> Tenant:
    """A tenant whose project holds the plan."""
    return make_tenant(name="Maya Lindgren", plan=plan)


@pytest.fixture
def visitor(owner) -> Client:
    """The owner's browser."""
    return sign_in(owner.person)


@pytest.fixture
def base(owner) -> str:
    """The address of the Plan page."""
    return f"/projects/{owner.project_id}/plan"
