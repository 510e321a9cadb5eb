"""What rescoping refuses, and how it says so."""

from __future__ import annotations

from typing import Any

from buildrunner.server.platform.errors import Conflict, Invalid, NotFound


class RescopeAbsent(NotFound):
    """No such proposal."""

    code = "rescope_absent"


class RescopeClosed(Conflict):
    """The proposal was decided already."""

    code = "rescope_closed"
    title = "This proposal was decided already"

    def __init__(self, state: str, revision: int | None) -> None:
        what = f"applied as revision {revision}" if state == "applied" else "discarded"
        super().__init__(
            f"it was {what}; propose again to change more", state=state, revision=revision
        )


class RescopeUnready(Conflict):
    """The pre-check says no."""

    code = "rescope_unready"
    title = "The plan would not be whole"

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            f"nothing was changed: {problems[0] if problems else 'the pre-check failed'}. Discard "
            "it and propose something else",
            problems=problems[:100],
        )


class InstructionUnclear(Invalid):
    """An instruction can mean several things, or nothing that is known."""

    code = "instruction_unclear"
    title = "What is meant?"

    def __init__(self, message: str, choices: list[dict[str, Any]]) -> None:
        super().__init__(
            f"{message}. Name an id, or take one of the choices",
            choices=choices,
            field="instruction",
        )
