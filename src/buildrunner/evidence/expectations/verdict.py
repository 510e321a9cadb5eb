"""The outcome of a check with the reason a person reads."""

from __future__ import annotations

PASSED, FAILED, ERROR = "passed", "failed", "error"


class Verdict:
    """`outcome` is passed, failed (judged and found wanting) or error (could not be judged)."""

    __slots__ = ("findings", "outcome", "reason")

    def __init__(
        self, outcome: str, reason: str, findings: list[dict[str, object]] | None = None
    ) -> None:
        self.outcome = outcome
        self.reason = reason
        # What the report names one by one: {rule, level, message, path, line}.
        self.findings = findings or []

    @property
    def passed(self) -> bool:
        """Whether it proves its criterion."""
        return self.outcome == PASSED

    def __repr__(self) -> str:
        return f"<{self.outcome}: {self.reason}>"


class ExpectationError(Exception):
    """A definition that cannot be held against anything: outcome error, the message says why."""


def passed(reason: str) -> Verdict:
    """It holds."""
    return Verdict(PASSED, reason)


def failed(reason: str, findings: list[dict[str, object]] | None = None) -> Verdict:
    """It was judged and does not hold."""
    return Verdict(FAILED, reason, findings)


def error(reason: str) -> Verdict:
    """It could not be judged, which proves nothing."""
    return Verdict(ERROR, reason)


def brief(value: object, most: int = 80) -> str:
    """A value as it is shown in a reason."""
    import json

    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
