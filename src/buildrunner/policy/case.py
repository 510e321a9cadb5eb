"""What every rule works on: the rules in force for this change, and the denials so far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

from buildrunner.policy import approvals as counting
from buildrunner.policy import roles
from buildrunner.policy.approvals import Approval
from buildrunner.policy.change import Change, FileChange
from buildrunner.policy.named import Named
from buildrunner.policy.rules import ALERT, APPROVE, BLOCK, BY_APPROVAL, FIRM, RULES
from buildrunner.policy.sections import section

ONE_PM = [{"role": "PM", "count": 1}]


class Denial:
    """One thing that stands against a change.

    `severity` is block, approve (an approval clears it) or alert (only told). `clause` is the place
    in the policy that asks, `mend` what to do, `owner` who can do it, `fingerprint` what a waiver
    is bound to, `waived_by` who waived it. `path` is "" where the change as a whole is meant;
    `needs` lists {"role", "count"} that would clear it, where it is approvals of roles it lacks.
    """

    __slots__ = (
        "clause", "column", "fingerprint", "line", "mend", "message", "needs", "owner", "path", "rule",
        "severity", "waived_by",
    )  # fmt: skip

    def __init__(
        self, rule: str, severity: str, message: str, *, clause: str, mend: str, owner: str,
        fingerprint: str, path: str = "", line: int | None = None, column: int | None = None,
    ) -> None:  # fmt: skip
        self.rule = rule
        self.severity = severity
        self.message = message
        self.clause = clause
        self.mend = mend
        self.owner = owner
        self.fingerprint = fingerprint
        self.path = path
        self.line = line
        self.column = column
        self.needs: list[dict[str, Any]] = []
        self.waived_by: str | None = None

    @property
    def fails(self) -> bool:
        """Whether the change may not be merged because of it."""
        return self.severity != ALERT and self.waived_by is None

    def as_dict(self) -> dict[str, Any]:
        """The denial as JSON."""
        found: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity,
            "path": self.path,
            "line": self.line,
            "clause": self.clause,
            "message": self.message,
            "mend": self.mend,
            "owner": self.owner,
            "fingerprint": self.fingerprint,
        }
        if self.column is not None:
            found["column"] = self.column
        if self.needs:
            found["needs"] = self.needs
        if self.waived_by is not None:
            found["waived_by"] = self.waived_by
        return found

    def __repr__(self) -> str:
        return f"<{self.severity} {self.rule} {self.path}:{self.line} {self.message}>"


class Case:
    """One change before one policy. Rules call `deny`."""

    def __init__(
        self, policy: dict[str, Any], change: Change, approvals: Iterable[Approval]
    ) -> None:
        self.policy = policy
        self.change = change
        self.approvals = counting.counting(change, approvals, policy.get("people"))
        self.named = Named(policy, change)
        self.denials: list[Denial] = []

    def part(self, *names: str) -> dict[str, Any]:
        """A section of the policy in force; {} where it is not there."""
        return section(self.policy, *names)

    def deny(
        self, rule: str, message: str, *, content: Any, clause: str = "", file: FileChange | None = None,
        line: int | None = None, column: int | None = None, owner: str = "", mend: str = "",
        severity: str | None = None, path: str = "", needs: Collection[Any] = (),
    ) -> None:  # fmt: skip
        """Record a denial, unless the policy lets an approval clear it and there is one.

        `content` is what the denial is about; a waiver is bound to it, rule and path.
        """
        known = RULES[rule]
        path = path or (file.path if file else "")
        decided, escalation = self.action(rule)
        if severity == ALERT and rule not in FIRM:
            decided = ALERT
        if decided == APPROVE and rule not in BY_APPROVAL and self._cleared(escalation):
            return
        text = json.dumps([rule, path, content], sort_keys=True, default=str)
        denial = Denial(
            rule, decided, message,
            clause=clause or known.clause,
            mend=mend or known.mend,
            owner=owner or (roles.shown(escalation) if escalation else _owner(rule)),
            fingerprint=hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32],
            path=path,
            line=line if line is not None else (file.first_line if file else None),
            column=column,
        )  # fmt: skip
        if not needs and decided == APPROVE and rule not in BY_APPROVAL:
            needs = [{"role": escalation}] if escalation else self.required
        denial.needs = [
            {"role": roles.shown(str(each.get("role", ""))), "count": int(each.get("count", 1))}
            for each in needs
        ]
        self.denials.append(denial)

    def action(self, rule: str) -> tuple[str, str]:
        """(action, role it escalates to) as `violations` says, the closest entry first."""
        known = RULES[rule]
        action, escalation = known.action, ""
        violations = self.part("violations")
        for name in ("default", known.group, rule):
            entry = violations.get(name)
            if isinstance(entry, dict):
                action = entry.get("action", action)
                escalation = entry.get("escalation", escalation)
        if rule in FIRM or action not in (BLOCK, ALERT, APPROVE):
            return known.action, escalation
        if rule in BY_APPROVAL and action == BLOCK:
            return APPROVE, escalation  # what it lacks is an approval all the same
        return action, escalation

    def _cleared(self, escalation: str) -> bool:
        wanted = [{"role": escalation}] if escalation else self.required
        return not counting.missing(wanted, self.approvals)

    @property
    def required(self) -> list[dict[str, Any]]:
        """Who approves what no clause says more about."""
        said = self.part("approvals").get("required")
        return said if isinstance(said, list) and said else ONE_PM

    def lacking(self, requirements: Collection[Any], paths: Collection[str] = ()) -> list[str]:
        """What is missing of `requirements`, for some paths or for the change as a whole."""
        votes = self.approvals
        if not paths:
            votes = [approval for approval in votes if approval.paths is None]
        for path in paths:
            votes = counting.for_path(votes, path)
        return counting.missing(requirements, votes)

    @cached_property
    def votes(self) -> int:
        """How many people approved the change as a whole."""
        return sum(approval.paths is None for approval in self.approvals)


def _owner(rule: str) -> str:
    return "anybody who is no author of it" if rule in BY_APPROVAL else "the author"
