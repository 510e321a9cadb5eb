"""Watches the processes of one server and stops them together."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType

from buildrunner.server.operations.children import Child, Restarts
from buildrunner.server.platform.db.embedded import Cluster
from buildrunner.server.platform.errors import OperatorProblem

logger = logging.getLogger("buildrunner.supervisor")

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 20.0  # seconds that running requests and jobs have to finish
MOST_FAILURES = 5  # in a row, each sooner than children.STEADY
# PostgreSQL is given two minutes: a full disk may be cleared by then.
MOST_DATABASE_FAILURES = 10


class Stopped(Exception):
    """Somebody asked the server to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Supervisor:
    """Starts nothing by itself: `keep` hands it children, `watch` keeps them alive."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.cluster: Cluster | None = None
        self._database = Restarts()
        self._database_up = True
        # Kept open here, so that who connects while a crashed web process restarts only waits.
        self.sockets: list[socket.socket] = []
        self._asked: list[int] = []
        self._wake, self._waker = os.pipe()
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take the stop signals, and notice ended children at once, as long as the block runs."""
        wanted = {*STOP_SIGNALS, signal.SIGCHLD}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup: to outlive the terminal
            wanted.discard(signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in wanted}
        descriptor = signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if number in STOP_SIGNALS:
            self._asked.append(number)

    def check(self) -> None:
        """Raise `Stopped` if somebody asked for it."""
        if self._asked:
            raise Stopped(self._asked[0])

    def pause(self, seconds: float) -> None:
        """Sleep, but wake for a signal; then `check`."""
        select.select([self._wake], [], [], max(0.0, seconds))
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake, 512):
                pass
        self.check()

    def keep(self, child: Child) -> None:
        """Start a child and watch it from now on."""
        child.start()
        self.children.append(child)

    def watch(self, until: Callable[[], bool] | None = None, *, patience: float = 0.0) -> None:
        """Keep everything alive until `until` is true (or for ever).

        Raises `Stopped` on a signal and `OperatorProblem`, with the last words, when a process or
        PostgreSQL does not stay up, or `until` stays false for `patience` seconds.
        """
        deadline = time.monotonic() + patience if until else float("inf")
        while until is None or not until():
            self.check()
            wait = 0.05 if until else 3600.0
            for child in self.children:
                wait = min(wait, child.watch() or wait)
                failures = child.restarts.failures
                if failures >= (MOST_FAILURES if until is None else 3):
                    raise self._gave_up(child, f"{child.name} ended {failures} times")
            if self.cluster is not None:
                wait = min(wait, self._watch_database(self.cluster) or wait)
            if time.monotonic() > deadline:
                raise self._gave_up(self.children[0], f"not ready after {patience:.0f} s")
            self.pause(wait)

    def _watch_database(self, cluster: Cluster) -> float | None:
        """Start PostgreSQL again if it has ended; the seconds until there is more to do, if any.

        What was committed is on its disk; web and worker connect again by themselves.
        """
        if cluster.alive():
            return None
        if self._database_up:
            self._database_up = False
            self._database.ended()
            logger.error("PostgreSQL ended by itself and is started again")
        if self._database.failures >= MOST_DATABASE_FAILURES:
            raise OperatorProblem(
                f"PostgreSQL ended {self._database.failures} times.",
                hint=f"Read {cluster.data_dir / 'logs' / 'postgres.log'}",
            )
        wait = self._database.wait()
        if wait > 0 or cluster.leftover():
            return max(wait, 0.05)
        self._database.started()
        self._database_up = True
        cluster.relaunch()
        return None

    def _gave_up(self, child: Child, what: str) -> OperatorProblem:
        lines = "\n".join(f"    {line}" for line in child.journal.tail())
        return OperatorProblem(
            f"{what}. Its last words:\n{lines or '    (none)'}", hint=f"Read {child.journal.path}"
        )

    def stop(self) -> None:
        """Ask every child to finish, wait, then stop PostgreSQL. A second signal hurries it up."""
        for child in self.children:
            child.ask_to_stop()
        until = time.monotonic() + PATIENCE
        asked = len(self._asked)
        while time.monotonic() < until and any(_runs(child) for child in self.children):
            if len(self._asked) > asked:
                until = time.monotonic()
            with contextlib.suppress(Stopped):
                self.pause(min(0.2, until - time.monotonic()))
        for child in self.children:
            child.stop(until)
        if self.cluster is not None:
            self.cluster.stop()


def _runs(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None
