"""When a run is over, and how it is called then."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from buildrunner.server.domains.workbench.types.runs import ENDED, LOST

MAX_NAME: Final = 200
MAX_SUMMARY: Final = 2_000
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")


def is_commit(text: str) -> bool:
    """Whether a text is a commit's name: 7 to 64 hexadecimal digits."""
    return _COMMIT.fullmatch(text) is not None


def next_word(seen_at: datetime, ttl_seconds: int) -> datetime:
    """By when the next sign of life has to come."""
    return seen_at + timedelta(seconds=ttl_seconds)


def after_silence(*, silent: bool, held: bool) -> str:
    """What a run is whose signs of life stopped. One of which no end is ever told has ended, unless
    it left something behind; every other is lost."""
    return ENDED if silent and not held else LOST
