"""Spending by a process against its leases, without asking the database for each call.

`LeaseBook` holds no clock, lock or connection: whoever uses it gives the time, calls it from one
thread, takes leases when it asks for them and settles those it hands back. What a call may cost at
most is held first; so the sum of what runs and what was spent never passes a lease, and the leases
never pass a cap. A process that dies settles nothing: its leases count as spent.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Generic, TypeVar
from uuid import UUID

from buildrunner.server.domains.metering.types.budgets import Lease

Cause = TypeVar("Cause", bound=Hashable)

ZERO: Final = Decimal(0)
# A lease with less time than this takes no new calls.
MARGIN: Final = timedelta(seconds=15)


@dataclass(slots=True)
class Account(Generic[Cause]):
    """One lease: what runs against it and what it has spent."""

    lease: Lease
    cause: Cause
    held: Decimal = ZERO
    calls: int = 0
    spent: Decimal = ZERO
    closing: bool = False

    @property
    def left(self) -> Decimal:
        """What new calls may still hold."""
        return self.lease.amount - self.spent - self.held


@dataclass(frozen=True, slots=True)
class Hold:
    """What one call holds until it is finished."""

    lease_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be told to the database: leases to settle with what they spent, and to renew."""

    settle: list[tuple[UUID, Decimal]] = field(default_factory=list)
    renew: list[UUID] = field(default_factory=list)


class LeaseBook(Generic[Cause]):
    """The leases of one process, by cause."""

    def __init__(self, *, margin: timedelta = MARGIN) -> None:
        self._margin = margin
        self._accounts: dict[UUID, Account[Cause]] = {}
        self._by_cause: dict[Cause, list[UUID]] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def add(self, cause: Cause, lease: Lease) -> None:
        """Count on a lease that was taken."""
        if lease.id not in self._accounts:
            self._accounts[lease.id] = Account(lease, cause)
            self._by_cause.setdefault(cause, []).append(lease.id)

    def hold(self, cause: Cause, bound: Decimal, now: datetime) -> Hold | None:
        """Hold what a call can cost at most; None: take another lease of at least that first.

        Raises ValueError for an amount below zero or one that is no number.
        """
        if not bound.is_finite() or bound < 0:
            raise ValueError("what a call can cost at most is a number from zero")
        for lease_id in self._by_cause.get(cause, ()):
            account = self._accounts[lease_id]
            fresh = not account.closing and now + self._margin < account.lease.expires_at
            if fresh and account.left >= bound:
                account.held += bound
                account.calls += 1
                return Hold(lease_id, bound)
        return None

    def finish(self, hold: Hold, actual: Decimal) -> None:
        """A call ended and cost so much; unknown costs count as what was held (pass that).

        A call that cost more than it could is counted in full: the lease is then overdrawn, and
        settling says so.
        """
        if not actual.is_finite() or actual < 0:
            raise ValueError("what a call cost is a number from zero")
        account = self._accounts.get(hold.lease_id)
        if account is None or account.calls == 0:
            raise ValueError("this call was finished before")
        account.held -= hold.amount
        account.calls -= 1
        account.spent += actual

    def renewed(self, lease: Lease) -> None:
        """A lease lives longer."""
        account = self._accounts.get(lease.id)
        if account is not None:
            account.lease = lease

    def close(self, lease_id: UUID) -> None:
        """Let no new call begin against a lease; it is due when its last call has ended."""
        if lease_id in self._accounts:
            self._accounts[lease_id].closing = True

    def due(self, now: datetime, *, everything: bool = False) -> Due:
        """What to tell the database now. Settle what is returned, then call `forget`.

        Leases without running calls are settled when they are closed, used up or near their end
        (`everything`: all of them, at a stop); those near their end with running calls are renewed.
        """
        found = Due()
        for lease_id, account in self._accounts.items():
            ending = now + self._margin >= account.lease.expires_at
            if account.calls == 0 and (
                everything or account.closing or ending or account.left <= 0
            ):
                account.closing = True
                found.settle.append((lease_id, account.spent))
            elif ending and account.calls:
                found.renew.append(lease_id)
        return found

    def forget(self, lease_id: UUID) -> None:
        """A lease was settled."""
        account = self._accounts.pop(lease_id, None)
        if account is not None:
            rest = self._by_cause[account.cause]
            rest.remove(lease_id)
            if not rest:
                del self._by_cause[account.cause]
