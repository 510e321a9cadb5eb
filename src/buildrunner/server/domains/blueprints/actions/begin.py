"""The plan of a project that has none yet: blueprints may be the first thing in it."""

from __future__ import annotations

import json

from buildrunner.server.domains.blueprints.queries.standing import empty_plan
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor


def begin(actor: Actor, access: ProjectAccess) -> None:
    """Store an empty plan, so that the apply that follows is a revision that can be undone."""
    data = json.dumps(empty_plan(access), indent=2).encode()
    plans.save_plan(actor, access.project_id, data=data, message="An empty plan to begin with")
