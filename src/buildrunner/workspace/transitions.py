"""Which status may follow which, by the policy in this repository.

A policy that does not speak of it costs one look at its bytes.
"""

from __future__ import annotations

from buildrunner.spec.document import index
from buildrunner.workspace import policyfile
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.policy.transitions import Barred
    from buildrunner.workspace.folder import Workspace

    Plan = dict[str, Any]

_VERBS = {"todo": "br todo", "doing": "br start", "blocked": "br block", "done": "br done"}
# The two ways a policy may write the key, see `policy.shapes`; an escape in YAML may hide either.
_KEYS = (b"transition", b"Transition", b"\\")


class TransitionRefused(WorkspaceError):
    """Microsteps that may not get the status; `extra` is what `--json` adds."""

    def __init__(self, barred: list[Barred], path: str) -> None:
        first = barred[0]
        following = next((status for status in first.allowed if status in _VERBS), None)
        command = "br governance explain microstep-transition"
        super().__init__(
            "transition_refused",
            first.reason,
            f"so says {first.clause} in {path}; {first.owner} can change that",
            1,
            missing=[each.reason for each in barred],
            next_command=f"{_VERBS[following]} {first.id}" if following else command,
        )
        self.extra = {
            "microsteps": [
                {
                    "id": each.id,
                    "before": each.before,
                    "after": each.after,
                    "allowed": each.allowed,
                    "clause": each.clause,
                    "owner": each.owner,
                }
                for each in barred
            ]
        }


def demand(
    workspace: Workspace, operations: list[dict[str, Any]], before: Plan, after: Plan
) -> None:
    """Judge the statuses that operations set. Raises TransitionRefused.

    What only an approval clears is left to the server, which knows who asks; a policy with errors
    is left to `br governance validate`.
    """
    found = policyfile.read(workspace.root)
    if found is None or not any(key in found[1] for key in _KEYS):
        return
    from buildrunner.policy.document import load
    from buildrunner.policy.transitions import BLOCK, barred

    path, data = found
    was, now = index(before), index(after)
    moves = [
        (name, was[name].value.get("status"), now[name].value.get("status"))
        for name in dict.fromkeys(
            each["id"] for each in operations if each.get("field") == "status"
        )
        if name in was and name in now and now[name].kind == "microstep"
    ]
    changed = [move for move in moves if move[1] != move[2]]
    refused = [
        each for each in barred(load(data, path).policy, after, changed) if each.severity == BLOCK
    ]
    if refused:
        raise TransitionRefused(refused, path)
