"""Which status may follow which: the one decision, for plans that are edited and for changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from buildrunner.policy import roles
from buildrunner.policy.case import ONE_PM, Case
from buildrunner.policy.change import Change
from buildrunner.policy.named import phases_of
from buildrunner.policy.phases import in_force
from buildrunner.policy.rules import BLOCK
from buildrunner.policy.sections import section

__all__ = ["BLOCK", "FIRST", "Barred", "asks", "barred", "permitted"]

RULE = "microstep-transition"
FIRST = "todo"  # what a microstep without a status is
_CLAUSE = "microsteps.allowed_transitions"

# Id, status before and status after; None where there is none.
Move = tuple[str, str | None, str | None]


class Barred:
    """A status that may not follow.

    `severity` is block, approve or alert as `violations` says; `allowed` are the statuses that may
    follow `before`, `needs` the roles one of which may make the move all the same where an approval
    clears it, `owner` whom to ask.
    """

    __slots__ = ("after", "allowed", "before", "clause", "id", "needs", "owner", "severity")

    def __init__(
        self, identifier: str, before: str, after: str, *, allowed: list[str], severity: str,
        needs: list[str], owner: str,
    ) -> None:  # fmt: skip
        self.id = identifier
        self.before = before
        self.after = after
        self.allowed = allowed
        self.clause = f"{_CLAUSE}.{before}"
        self.severity = severity
        self.needs = needs
        self.owner = owner

    @property
    def reason(self) -> str:
        """The refusal as a sentence."""
        follows = " or ".join(self.allowed) if self.allowed else "nothing"
        return (
            f"{self.id} goes from {self.before} to {self.after}; "
            f"after {self.before} may follow {follows}"
        )


def asks(policy: dict[str, Any]) -> bool:
    """Whether a policy says anything of transitions, in any phase."""
    phases = policy.get("phases")
    places = [policy, *(phases.values() if isinstance(phases, dict) else ())]
    return any(section(place, "microsteps").get("allowed_transitions") for place in places)


def permitted(
    policy: dict[str, Any], before: str | None, after: str | None, *, through: bool = False
) -> list[str] | None:
    """None where the move is allowed, else the statuses that may follow. `policy` is in force.

    With `through` the move may stand for several, one after the other: what a branch or a clone
    comes to, of which only the beginning and the end are seen. Who may make it at once could make
    them one by one.
    """
    table = section(policy, "microsteps", "allowed_transitions")
    start, end = before or FIRST, after or FIRST
    allowed = table.get(start)
    if not isinstance(allowed, list) or end in allowed:
        return None
    seen, waiting = {start}, list(allowed) if through else []
    while waiting:
        status = waiting.pop()
        if status in seen:
            continue
        seen.add(status)
        following = table.get(status)
        if not isinstance(following, list) or end in following:
            return None
        waiting += following
    return [str(status) for status in allowed]


def barred(
    policy: dict[str, Any], plan: dict[str, Any], moves: Iterable[Move], *, through: bool = False
) -> list[Barred]:
    """Those of the moves that the policy does not allow, by the phases that they are in.

    `plan` is the document after the change; for `through` see `permitted`.
    """
    found = []
    for identifier, before, after in moves:
        rules = in_force(policy, phases_of(plan, {identifier}))
        allowed = permitted(rules, before, after, through=through)
        if allowed is None:
            continue
        severity, escalation = Case(rules, Change(), ()).action(RULE)
        required = section(rules, "approvals").get("required") or ONE_PM
        needs = [escalation] if escalation else [str(each["role"]) for each in required]
        found.append(
            Barred(
                identifier,
                before or FIRST,
                after or FIRST,
                allowed=allowed,
                severity=severity,
                needs=needs,
                owner=roles.shown(escalation) if escalation else "PM",
            )
        )
    return found
