"""A project with a real plan, and clones of it."""

from __future__ import annotations

import json

import pytest

from factories.clones import Clone


@pytest.fixture
def plan(data_dir):
    """A real plan of 33 microsteps."""
    return json.loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())


@pytest.fixture
def first(api, tenant, plan):
    """A clone that pushed the plan."""
    clone = Clone(api, tenant.project_id)
    clone.plan = plan
    clone.take(clone.send(clone.request(operations=[], document=plan)))
    return clone


@pytest.fixture
def second(api, tenant, first):
    """Another clone of the same plan."""
    return Clone(api, tenant.project_id).pull()
