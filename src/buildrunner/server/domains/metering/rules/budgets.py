"""Which budgets a call counts against, whether it may be made, and when people are told.

The database decides by the same rules, in `metering_reserve` and `metering_settle` (migration
0002), where it holds the locks; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, get_args
from uuid import UUID

from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.budgets import Period, Scope

SCOPES: Final[tuple[str, ...]] = get_args(Scope)
PERIODS: Final[tuple[str, ...]] = get_args(Period)
# Those of a plan or repository, which only mean something within a project.
IN_PROJECT: Final = frozenset({"project", "milestone", "step", "microstep", "pr", "run"})
# Those that an id of the database names.
BY_ID: Final = frozenset({"team", "agent", "person", "key"})

MOST: Final = Decimal(10) ** 9
PLACES: Final = Decimal(1).scaleb(-10)
DEFAULT_ALERT: Final = Decimal("0.8")
STEPS: Final = (Decimal("0.9"), Decimal(1))
# A period that never ends starts here.
ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
# What a lease takes at most of what is left: several processes share a budget.
SHARE: Final = 4


def target(scope: str, project_id: UUID | None, subject: str) -> str:
    """What a budget is for, in one text: equal texts are the same cause."""
    return f"{scope}:{project_id or ''}:{subject}"


def targets(cause: Attribution) -> list[str]:
    """Everything a cost of this cause counts for.

    What a person, key or agent spends counts for its budget in this project and for the one in
    the whole organization.
    """
    project = cause.project_id
    found = [target("organization", None, "")]
    if cause.team_id:
        found.append(target("team", None, str(cause.team_id)))
    if project:
        found.append(target("project", project, ""))
        for scope in ("milestone", "step", "microstep", "pr", "run"):
            subject = getattr(cause, scope)
            if subject:
                found.append(target(scope, project, subject))
    for scope in ("agent", "person", "key"):
        subject = getattr(cause, f"{scope}_id")
        if subject:
            found.append(target(scope, None, str(subject)))
            if project:
                found.append(target(scope, project, str(subject)))
    return found


def period_start(period: str, at: datetime) -> datetime:
    """The first moment of the period that a moment lies in, in UTC."""
    at = at.astimezone(UTC)
    if period == "day":
        return at.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "month":
        return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return ALWAYS


def period_end(period: str, start: datetime) -> datetime | None:
    """The first moment after it; None where it does not end."""
    if period == "day":
        return datetime.fromordinal(start.toordinal() + 1).replace(tzinfo=UTC)
    if period == "month":
        year, month = divmod(start.year * 12 + start.month, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)
    return None


def amount_problem(amount: Decimal) -> str:
    """Why an amount of money cannot be one; empty if it can."""
    if not amount.is_finite():
        return "The amount is not a number."
    if amount < 0:
        return "The amount is negative."
    if amount > MOST:
        return f"The amount is larger than {MOST:,} USD."
    if amount.quantize(PLACES) != amount:
        return "The amount has more than 10 decimal places."
    return ""


@dataclass(frozen=True, slots=True)
class Line:
    """One budget that applies, as it stands."""

    id: UUID
    cap: Decimal
    hard: bool
    spent: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        """What can still be reserved."""
        return self.cap - self.spent - self.reserved


@dataclass(frozen=True, slots=True)
class Verdict:
    """`granted` is what may be held; None with `refused_by`, the budget with the least left."""

    granted: Decimal | None
    refused_by: UUID | None = None
    unpriced: bool = False


def judge(
    lines: Iterable[Line], amount: Decimal | None, *, least: Decimal | None = None
) -> Verdict:
    """Whether an amount fits under every hard cap; an unknown one (None) fits under none.

    With `least` less may be granted: a lease, of at most a share of what is left.
    """
    hard: Sequence[Line] = sorted((one for one in lines if one.hard), key=lambda one: one.id)
    if amount is None:
        return Verdict(None, hard[0].id, unpriced=True) if hard else Verdict(Decimal(0))
    if not hard:
        return Verdict(amount)
    tightest = min(hard, key=lambda one: one.left)
    wanted = amount
    if least is not None:
        share = (tightest.left / SHARE).quantize(PLACES)
        wanted = min(amount, max(least, share))
    if wanted > tightest.left:
        return Verdict(None, tightest.id)
    return Verdict(wanted)


def alert_levels(threshold: Decimal) -> list[Decimal]:
    """The parts at which people are told: the budget's own, 90 % and 100 %."""
    return sorted({threshold, *STEPS})


def crossed(
    spent: Decimal, cap: Decimal, threshold: Decimal, *, told: Decimal = Decimal(0)
) -> list[Decimal]:
    """The levels that are reached and were not told of in this period."""
    return [
        level
        for level in alert_levels(threshold)
        if level > told and spent > 0 and spent >= level * cap
    ]
