"""What the journal of runs refuses, and how it says so."""

from __future__ import annotations

from buildrunner.server.platform.errors import Conflict, NotFound


class RunAbsent(NotFound):
    """No such run, or not one of the caller's own."""

    code = "run_absent"


class RunClosed(Conflict):
    """The run is over: it was ended, or its heartbeat stopped."""

    code = "run_closed"
    title = "This run is over"

    def __init__(self, state: str, freed: list[str]) -> None:
        lost = f"; what it held is free again: {', '.join(freed)}" if freed else ""
        how = "its heartbeat stopped and it counts as lost" if state == "lost" else "it was ended"
        super().__init__(
            f"{how}{lost}. Start another run and claim again",
            state=state,
            missing=freed,
            next_command="br next",
        )
