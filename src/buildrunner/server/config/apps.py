"""The composition root as an application: it wires the gates when every room is loaded."""

from __future__ import annotations

from django.apps import AppConfig


class Composition(AppConfig):
    """Last among the applications."""

    name = "buildrunner.server.config"
    label = "composition"

    def ready(self) -> None:
        """Wire what the rooms ask of each other."""
        from buildrunner.server.config.gates import wire

        wire()
