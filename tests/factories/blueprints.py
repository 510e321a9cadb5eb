"""A small blueprint, and rows in every table of its room."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.server.domains.blueprints import facade as blueprints
from factories.tenants import Tenant


def small_blueprint(name: str = "small", version: str = "1.0.0", **members: Any) -> dict[str, Any]:
    """One milestone with two microsteps, the title of which is a parameter."""
    return {
        "format": "buildrunner.blueprint/1",
        "name": name,
        "version": version,
        "title": f"Blueprint {name}",
        "summary": "A small one.",
        "tags": ["small"],
        "parameters": [{"name": "what", "title": "What", "default": "things"}],
        "plan": {
            "milestones": [
                {
                    "id": "m1",
                    "title": "Ground",
                    "steps": [
                        {
                            "id": "m1.s1",
                            "title": "Begin",
                            "microsteps": [
                                {
                                    "id": "m1.s1.ms1",
                                    "title": "Make ${what}",
                                    "criteria": ["They are made"],
                                },
                                {
                                    "id": "m1.s1.ms2",
                                    "title": "Test them",
                                    "criteria": ["They pass"],
                                    "depends_on": ["m1.s1.ms1"],
                                },
                            ],
                        }
                    ],
                }
            ]
        },
        **members,
    }


def text_of(blueprint: dict[str, Any]) -> str:
    """As a file has it."""
    return json.dumps(blueprint, indent=2)


def make_blueprint_rows(tenant: Tenant, *, visibility: str = "private") -> dict[str, object]:
    """A row in every table of the room."""
    found = blueprints.publish(
        tenant.actor, tenant.org_id, document=text_of(small_blueprint()), visibility=visibility
    )
    blueprints.apply_blueprints(
        tenant.actor, tenant.project_id, wanted=[blueprints.Wanted(id=found.view.id)]
    )
    blueprints.rate(tenant.actor, tenant.project_id, found.view.id, stars=4)
    return {"blueprint_id": found.view.id}
