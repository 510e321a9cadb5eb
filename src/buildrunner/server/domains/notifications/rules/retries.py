"""When a message is tried again, and when an endpoint is given up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

TIMEOUT: Final = 15.0  # seconds for a whole request
# An attempt without an outcome (its worker was killed) is made again after this long.
LEASE: Final = timedelta(seconds=TIMEOUT + 15)
# 10 s, 30 s, 90 s … tripling up to 12 h: 14 attempts in 2.9 days, give or take the jitter.
MOST_ATTEMPTS: Final = 14
_FIRST: Final = timedelta(seconds=10)
_GROWTH: Final = 3
_LONGEST: Final = timedelta(hours=12)
_JITTER: Final = 0.2
# An endpoint may ask for more patience, but not beyond a day.
LONGEST_WISH: Final = timedelta(hours=24)
# An endpoint that has answered nothing well for so long is switched off.
FAILING_FOR: Final = timedelta(days=3)
FAILURES: Final = 10

RETENTION: Final = timedelta(days=30)
GONE: Final = 410


def pause(attempt: int, *, wish: timedelta | None = None) -> timedelta | None:
    """How long to wait after the failed attempt number `attempt`, from 1; `None`: no further.

    `wish` is the endpoint's Retry-After; it prolongs the pause, never shortens it.
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    steady = min(_FIRST * float(_GROWTH ** (attempt - 1)), _LONGEST)
    # Not for secrets: spreads the attempts of many messages.
    jittered = steady * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
    return max(jittered, min(wish or timedelta(), LONGEST_WISH))


def wish_of(retry_after: str | None, now: datetime) -> timedelta | None:
    """A Retry-After header (RFC 9110, 10.2.3): seconds or a date; `None` for neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta())


def hopeless(failures: int, since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed so often, for so long, that it is switched off."""
    return failures >= FAILURES and since is not None and now - since >= FAILING_FOR
