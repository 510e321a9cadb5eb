"""What Create refuses, and how it says so."""

from __future__ import annotations

from typing import Any

from buildrunner.server.platform.errors import Conflict, Invalid, NotFound


class DraftAbsent(NotFound):
    """No such draft in this project."""

    code = "draft_absent"


class DraftClosed(Conflict):
    """The draft was accepted or discarded before."""

    code = "draft_closed"
    title = "This draft is closed"


class DraftMoved(Conflict):
    """The plan has another revision than the one the draft was made against."""

    code = "draft_moved"
    title = "The plan changed meanwhile"

    def __init__(self, base: int, revision: int) -> None:
        super().__init__(
            f"The draft was made against revision {base}, the plan is at {revision}. Nothing was "
            "changed; answer the draft's questions again, or send none, and it is made anew.",
            base_revision=base,
            revision=revision,
        )


class DraftRefused(Invalid):
    """Nothing can be drafted from this, or not all of what was chosen is in the draft."""

    code = "draft_refused"
    title = "No draft can be made of this"

    def __init__(self, detail: str, **extensions: Any) -> None:
        super().__init__(detail, **extensions)
