"""What Reconcile refuses, and how it says so."""

from __future__ import annotations

from typing import Any

from buildrunner.server.platform.errors import Conflict, Invalid, NotFound


class ReportAbsent(NotFound):
    """No such report stands."""

    code = "drift_report_absent"


class ConflictAbsent(NotFound):
    """No clone reports such a conflict any more."""

    code = "conflict_absent"


class ConflictMoved(Conflict):
    """The plan holds another value than the conflict showed."""

    code = "conflict_moved"
    title = "The plan changed meanwhile"

    def __init__(self, name: str, current: dict[str, Any]) -> None:
        super().__init__(
            f"{name} holds another value by now than this conflict showed. Nothing was changed; "
            "the next `br sync` or `br drift --report` of that clone shows what stands against what.",
            **current,
        )


class ChoiceInvalid(Invalid):
    """The choice does not fit the conflict."""

    code = "choice_invalid"
    title = "That cannot be chosen here"
