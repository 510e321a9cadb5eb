"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Stored plans and what may be looked up before a tenant scope is set."""

    name = "buildrunner.server.domains.plans"
    label = "plans"
    definer_functions: list[str] = ["plans_orgs_with_expired_claims()"]
