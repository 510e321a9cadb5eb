"""Django's name for the room."""

from __future__ import annotations

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """Pages that look across rooms."""

    name = "buildrunner.server.domains.workbench"
    label = "workbench"
    definer_functions: list[str] = ["workbench_orgs_with_silent_runs()"]
