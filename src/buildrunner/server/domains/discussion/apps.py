"""Django's name for the room and its look-up function."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class DiscussionConfig(AppConfig):
    """Comments and what hangs on them."""

    name = "buildrunner.server.domains.discussion"
    label = "discussion"

    # A comment is addressed without its project; see the migration.
    definer_functions: ClassVar[list[str]] = [
        "discussion_project_of(uuid)",
        # Signs of life name a token and no tenant, and what is overdue is cleared for all.
        "discussion_presence_beat(uuid[],double precision)",
        "discussion_presence_clear(double precision)",
    ]
