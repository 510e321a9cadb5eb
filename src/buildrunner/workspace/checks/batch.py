"""Many jobs, some at a time: threads wait for processes, the caller hears of every step."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

from buildrunner.evidence.checks import Check
from buildrunner.evidence.expectations.verdict import error
from buildrunner.workspace.checks.process import Cancel
from buildrunner.workspace.checks.runner import Outcome, run_job
from buildrunner.workspace.checks.selection import Duty
from buildrunner.workspace.content import Content, Revision, revision
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace

STARTED, FINISHED, TICK = "started", "finished", "tick"
Job = Sequence[Duty]


class Event:
    """`what` happened to which job; of a finished one its outcomes by check digest."""

    __slots__ = ("job", "outcomes", "revision", "what")

    def __init__(
        self,
        what: str,
        job: Job = (),
        outcomes: Sequence[Outcome] = (),
        revision: Revision | None = None,
    ) -> None:
        self.what = what
        self.job = job
        self.outcomes = outcomes
        self.revision = revision

    def outcome_of(self, duty: Duty) -> Outcome:
        """What became of a duty's check."""
        return next(each for each in self.outcomes if _same(each.check, duty.check))


class Batch:
    """Jobs of one workspace, `parallel` at a time."""

    def __init__(self, workspace: Workspace, jobs: Sequence[Job], parallel: int) -> None:
        self._workspace = workspace
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in jobs:
            self._waiting.put(job)
        self._total = len(jobs)
        self._events: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()
        self._cancel = Cancel()
        self._reading = threading.Lock()
        # Daemons: a request to a server that does not answer must not hold up an interruption.
        self._threads = [
            threading.Thread(target=self._work, name=f"check-{number}", daemon=True)
            for number in range(min(parallel, len(jobs)))
        ]

    def run(self, tick: float = 0.2) -> Iterator[Event]:
        """Everything that happens, as it happens; an Event TICK where nothing did for a while."""
        for thread in self._threads:
            thread.start()
        finished = 0
        while finished < self._total:
            try:
                event = self._events.get(timeout=tick)
            except queue.Empty:
                yield Event(TICK)
                continue
            if isinstance(event, BaseException):
                self.stop()
                raise event
            finished += event.what == FINISHED
            yield event

    def stop(self, patience: float = 20.0) -> None:
        """End everything that runs, and wait until it has ended."""
        self._cancel.cancel()
        # A thread that waits for the answer of a server has nothing to clean up.
        self._cancel.wait(patience)

    def _work(self) -> None:
        while not self._cancel.cancelled:
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._events.put(Event(STARTED, job))
                self._events.put(self._run(job))
            except BaseException as problem:
                self._events.put(problem)
                return

    def _run(self, job: Job) -> Event:
        checks: list[Check] = []
        for duty in job:
            if not any(_same(duty.check, check) for check in checks):
                checks.append(duty.check)
        root = self._workspace.root
        try:
            stands = revision(root)
            outcomes = run_job(root, checks, self._digest, cancel=self._cancel)
        except WorkspaceError as problem:  # a path that leads outside, a file nobody can read
            stands = Revision(None, None, True)
            outcomes = [Outcome(check, error(problem.message)) for check in checks]
        return Event(FINISHED, job, outcomes, stands)

    def _digest(self, paths: tuple[str, ...]) -> str:
        with self._reading:  # what was read is kept in one file for all
            return Content(self._workspace).digest(paths)


def _same(one: Check, other: Check) -> bool:
    return one is other or (one.digest == other.digest and bool(one.digest))
