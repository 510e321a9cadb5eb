"""Django's name for the room and its look-up functions."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class BlueprintsConfig(AppConfig):
    """Packs and their applications."""

    name = "buildrunner.server.domains.blueprints"
    label = "blueprints"

    # Run as the owner: what an organization made public is read from any other.
    definer_functions: ClassVar[list[str]] = [
        "blueprints_public(uuid)",
        "blueprints_public_versions(uuid)",
        "blueprints_public_text(uuid, text)",
    ]
