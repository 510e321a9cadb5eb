"""A process the supervisor keeps: started, watched, restarted, stopped, its words kept."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from buildrunner.server.platform.process import spawn

LOG_SIZE = 5_000_000  # bytes; one older file is kept beside it
STEADY = 20.0  # seconds after which a process counts as well
FIRST_PAUSE = 0.5  # seconds before the first restart; doubled each time
LONGEST_PAUSE = 30.0


class Journal:
    """What a process says: into a file that is turned over, the last lines also in memory."""

    def __init__(self, path: Path, *, echo: bool) -> None:
        self.path = path
        self._echo = echo
        self._last: deque[str] = deque(maxlen=30)
        path.parent.mkdir(mode=0o700, exist_ok=True)

    def follow(self, stream: IO[bytes]) -> threading.Thread:
        """Copy a process's output until it ends, in a thread of its own."""
        thread = threading.Thread(target=self._copy, args=(stream,), daemon=True)
        thread.start()
        return thread

    def tail(self, lines: int = 12) -> list[str]:
        """The last lines."""
        return list(self._last)[-lines:]

    def _copy(self, stream: IO[bytes]) -> None:
        file = self.path.open("ab")
        try:
            for line in stream:
                file.write(line)
                file.flush()
                text = line.decode("utf-8", "replace").rstrip("\n")
                self._last.append(text)
                if self._echo:
                    sys.stderr.write(f"{self.path.stem:8} {text}\n")
                if file.tell() > LOG_SIZE:
                    file.close()
                    self.path.replace(self.path.with_suffix(".log.1"))
                    file = self.path.open("ab")
        finally:
            file.close()
            stream.close()


class Restarts:
    """When to start again what ended by itself: pauses that double, until it stays up."""

    def __init__(self) -> None:
        self.failures = 0  # in a row, each sooner than STEADY
        self._started_at = 0.0
        self._resume_at = 0.0

    def started(self) -> None:
        """It was started just now."""
        self._started_at = time.monotonic()

    def ended(self) -> None:
        """It has ended, or did not start at all."""
        lived = time.monotonic() - self._started_at
        self.failures = 1 if lived > STEADY else self.failures + 1
        pause = min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self._resume_at = time.monotonic() + pause

    def wait(self) -> float:
        """The seconds until it may be started again."""
        return max(0.0, self._resume_at - time.monotonic())


class Child:
    """One process of this program (`web`, `worker`), restarted when it ends by itself."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        journal: Journal,
        *,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.journal = journal
        self.restarts = Restarts()
        self.process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, "-P", "-m", "buildrunner.server", *arguments]
        self._environment = dict(environment)
        self._pass_fds = tuple(pass_fds)
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start it. Call in the main thread: it dies with that thread, however that ends."""
        self.restarts.started()
        self.process = spawn(
            self._command,
            when_parent_ends=signal.SIGKILL,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self._pass_fds,
        )
        assert self.process.stdout is not None  # noqa: S101
        self._reader = self.journal.follow(self.process.stdout)

    def watch(self) -> float | None:
        """Restart it if it has ended and its pause is over; the seconds until then, if any."""
        if self.process is not None and self.process.poll() is None:
            return None
        if self.process is not None:
            self.restarts.ended()
            self._join()
            self.process = None
        wait = self.restarts.wait()
        if wait > 0:
            return wait
        self.start()
        return None

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, until: float) -> None:
        """Wait for its end until a point of the monotonic clock, then kill it."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, until - time.monotonic()))
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._join()

    def _join(self) -> None:
        """The reader ends with the pipe; a grandchild that holds it must not hold us."""
        if self._reader is not None:
            self._reader.join(timeout=1.0)
