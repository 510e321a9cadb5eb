"""Who follows what: what one says of it against what is noted already."""

from __future__ import annotations

from typing import Final
from uuid import UUID

AUTO, MANUAL, MUTED = "auto", "manual", "muted"
WAYS: Final = (AUTO, MANUAL, MUTED)
LONGEST_SUBJECT: Final = 300


def whole_project(project_id: UUID) -> str:
    """The subject of everything in a project."""
    return f"project:{project_id}"


def after(before: str | None, how: str) -> str:
    """What holds: taking part follows by itself, but never against what somebody chose by hand."""
    return before if before is not None and how == AUTO else how
