"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Policies, approvals, waivers, runs."""

    name = "buildrunner.server.domains.governance"
    label = "governance"
