"""When a provider that fails is left alone, and when it is tried again."""

from __future__ import annotations

from typing import Final

FAILURES: Final = 5  # in a row
PAUSE: Final = 10.0  # seconds; doubled each time the trial fails too
LONGEST_PAUSE: Final = 120.0


class Circuit:
    """Of one provider, in one process. Pure: whoever uses it gives the time in seconds.

    Closed, calls go through. After `FAILURES` in a row it opens, and calls go elsewhere; after a
    pause one call is let through as a trial, which closes it or opens it for longer.
    """

    __slots__ = ("_failures", "_pause", "_trying", "_until")

    def __init__(self) -> None:
        self._failures = 0
        self._pause = PAUSE
        self._until = 0.0
        self._trying = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._failures >= FAILURES

    def admits(self, now: float) -> bool:
        """Whether a call may go; of an open circuit one at a time, once the pause is over."""
        if not self.is_open:
            return True
        if now < self._until or now < self._trying:
            return False
        self._trying = now + self._pause  # a trial that never ends is given up
        return True

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0
        self._pause = PAUSE
        self._trying = 0.0

    def failed(self, now: float) -> None:
        """A call was not."""
        self._failures += 1
        if self._failures > FAILURES:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if self._failures >= FAILURES:
            self._until = now + self._pause
            self._trying = 0.0

    def wait(self, now: float) -> int:
        """Seconds until a trial."""
        return max(1, int(self._until - now + 0.999))
