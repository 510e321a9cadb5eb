"""How many requests a minute, by caller, by organization and by address.

The counts of all processes meet in one unlogged table, but no request waits for a write: the
first twentieth of a quota is a process's own, and what goes beyond is fetched from the table in
parts of that size. With n processes a quota can be passed by (n - 1)/20 of it at most, and a
process may sit on as much that others would have used. Windows are minutes of the clock, so twice
the quota can go through around the turn of one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from threading import Condition
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import TooManyRequests

WINDOW = 60  # seconds
PARTS = 20


class Policy(NamedTuple):
    """Whose requests are counted together, and how many a window may have."""

    name: str
    quota: int


class Standing(NamedTuple):
    """Where a subject stands after a request."""

    policy: Policy
    admitted: bool
    remaining: int
    reset: int


class RateLimited(TooManyRequests):
    """The quota of this minute is used up: wait as many seconds as `Retry-After` says."""

    code = "rate_limited"


class _Share:
    """What this process may still admit of one subject, and what it has told the others."""

    __slots__ = ("asking", "left", "others", "spent", "told", "used")

    def __init__(self, own: int) -> None:
        self.used = 0
        self.left = own
        self.told = 0
        self.others = 0  # what all processes had taken beyond our own part, at the last asking
        self.asking = False
        self.spent = False


class Counter:
    """The counts of one process, for its threads. One of them asks the database, those that need
    its answer wait for it, the others go on."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Condition()
        self._window = 0
        self._shares: dict[tuple[str, str], _Share] = {}

    def take(self, policy: Policy, subject: str) -> Standing:
        """Count one request of a subject; the standing says whether it is admitted."""
        now = self._clock()
        part = max(1, policy.quota // PARTS)
        with self._lock:
            share = self._share(policy, subject, now, part)
            while share.left <= 0 and share.asking:
                self._lock.wait(1)  # for what another thread is bringing
            if share.left > 0 or share.spent:
                return self._admit(policy, share, now)
            share.asking = True
            owed = share.used - share.told
            share.told += owed
        try:
            granted, taken = _lease(policy, subject, int(now // WINDOW), owed + part)
        except BaseException:
            with self._lock:
                share.asking = False
                share.told -= owed
                self._lock.notify_all()
            raise
        with self._lock:
            fresh = max(0, granted - owed)
            share.asking = False
            share.told += fresh
            share.others = max(0, taken - share.told)
            share.left += fresh
            share.spent = granted < owed + part
            self._lock.notify_all()
            return self._admit(policy, share, now)

    def spent(self, policy: Policy, subject: str) -> Standing | None:
        """The standing of a subject that has nothing left, without counting anything."""
        now = self._clock()
        with self._lock:
            if int(now // WINDOW) != self._window:
                return None
            share = self._shares.get((policy.name, subject))
            if share is None or share.left > 0 or not share.spent:
                return None
            return self._standing(policy, share, now, False)

    def _share(self, policy: Policy, subject: str, now: float, own: int) -> _Share:
        window = int(now // WINDOW)
        if window != self._window:
            self._window = window
            self._shares = {}
        name = (policy.name, subject)
        share = self._shares.get(name)
        if share is None:
            share = self._shares[name] = _Share(own)
        return share

    def _admit(self, policy: Policy, share: _Share, now: float) -> Standing:
        admitted = share.left > 0
        if admitted:
            share.used += 1
            share.left -= 1
        return self._standing(policy, share, now, admitted)

    @staticmethod
    def _standing(policy: Policy, share: _Share, now: float, admitted: bool) -> Standing:
        remaining = 0 if share.spent and share.left <= 0 else policy.quota - share.used
        return Standing(
            policy,
            admitted,
            max(0, remaining - share.others),
            WINDOW - int(now % WINDOW),
        )


def _lease(policy: Policy, subject: str, window: int, wanted: int) -> tuple[int, int]:
    """How many of `wanted` requests are granted, and how many are now taken by all processes."""
    name = salted_hmac(f"quota {policy.name}", subject, algorithm="sha256").digest()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO http_requestcount AS c (subject, "window", taken, granted)
            VALUES (%(name)s, %(window)s, least(%(wanted)s, %(quota)s), least(%(wanted)s, %(quota)s))
            ON CONFLICT (subject) DO UPDATE SET
                granted = CASE WHEN c."window" >= excluded."window"
                    THEN greatest(0, least(%(wanted)s, %(quota)s - c.taken))
                    ELSE excluded.granted END,
                taken = CASE WHEN c."window" >= excluded."window"
                    THEN c.taken + greatest(0, least(%(wanted)s, %(quota)s - c.taken))
                    ELSE excluded.taken END,
                "window" = greatest(c."window", excluded."window")
            RETURNING granted, taken
            """,
            {"name": name, "window": window, "wanted": wanted, "quota": policy.quota},
        )
        granted, taken = cursor.fetchone()
    return int(granted), int(taken)


counter = Counter()

# The organizations that the running request of the API was let into.
entered_organizations: ContextVar[list[UUID] | None] = ContextVar(
    "entered_organizations", default=None
)


# Told of every API request that an organization let in; the composition root puts them here.
call_watchers: list[Callable[[UUID, Actor | None], None]] = []


# Asked before an organization lets in a request by key; they may refuse it.
call_judges: list[Callable[[UUID], None]] = []
# Whether the running request is one that they judge.
judged: ContextVar[bool] = ContextVar("judged", default=False)


def tell_of_call(org_id: UUID, actor: Actor | None) -> None:
    """One request was let in."""
    for watch in call_watchers:
        watch(org_id, actor)


def charge_organization(org_id: UUID) -> None:
    """Count the running API request on an organization that its caller belongs to.

    Called when the caller is let in, so that no stranger uses up its quota. Raises `RateLimited`
    where nothing is left, and what a judge raises; the counting itself is done after the request, outside its transaction.
    """
    entered = entered_organizations.get()
    if entered is None or org_id in entered:
        return
    if judged.get():
        for judge in call_judges:
            judge(org_id)
    policy = Policy("organization", settings.BR_RATE_LIMIT_ORG)
    if policy.quota > 0:
        standing = counter.spent(policy, str(org_id))
        if standing is not None:
            raise refusal(standing)
    entered.append(org_id)


def refusal(standing: Standing) -> RateLimited:
    """Says which quota is used up and when the next begins."""
    policy = standing.policy
    error = RateLimited(
        f"{policy.quota} requests a minute are allowed here ({policy.name}). Go on in "
        f"{standing.reset} seconds.",
        retry_after=standing.reset,
    )
    error.extensions |= {"policy": policy.name, "limit": policy.quota, "window_seconds": WINDOW}
    return error


def admit(policy: Policy, subject: str) -> None:
    """Count one request where no middleware counts. Raises `RateLimited`; blocks on the database."""
    if policy.quota > 0:
        standing = counter.take(policy, subject)
        if not standing.admitted:
            raise refusal(standing)


def purge_counts() -> None:
    """Every hour: forget the windows that are over."""
    with connection.cursor() as cursor:
        cursor.execute(
            'DELETE FROM http_requestcount WHERE "window" < %s', [int(time.time() // WINDOW) - 2]
        )
