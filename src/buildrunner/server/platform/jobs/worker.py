"""The worker: queued jobs, schedules and event subscribers in one process.

Jobs and handlers are synchronous functions; they run in a few threads that use Django's
connection. The queue's own connection belongs to the web role, the follower's to the reader role.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from django.db import close_old_connections
from django.utils import timezone
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.applications import PgQueuer
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from pgqueuer.domain.models import Schedule as DueSchedule

from buildrunner.server.platform.db.outage import is_outage
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.events.cursor import Follower, Subscriber
from buildrunner.server.platform.jobs import queue_schema
from buildrunner.server.platform.jobs.driver import Connection, TwoLines
from buildrunner.server.platform.jobs.models import Heartbeat
from buildrunner.server.platform.observe import metrics, traces, visits

logger = logging.getLogger("buildrunner.jobs")

MAIN = "jobs"
HEARTBEAT = 5.0  # seconds
MOST_ATTEMPTS = 8  # with doubling pauses from 2 s: about ten minutes, then the job is held
DEQUEUE_PAUSE = timedelta(seconds=5)  # where no notification comes through (poolers)
PATIENCE = 15.0  # seconds that running jobs have to finish when the worker stops
# After this silence a picked job counts as its worker's last one, and another takes it.
SILENCE = timedelta(seconds=10)
_OUTAGE_PAUSE = 0.5  # seconds until a job that met an outage is tried again


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function and when it runs: five cron fields, UTC."""

    name: str
    cron: str
    function: Callable[[], object]


class _Lane:
    """Jobs that share threads: as many run at a time as there are threads, whatever other lanes do.

    Each lane has its own place in the queue; one that is full of slow jobs takes no more of them,
    and holds up nobody.
    """

    def __init__(self, name: str, jobs: Mapping[str, Callable[..., object]], threads: int) -> None:
        self.name = name
        self.jobs = jobs
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.slots = asyncio.Semaphore(threads)
        # Short jobs are taken by the dozen, ahead of a free thread: taking them and noting what
        # became of them costs more than they do. Slow ones are taken when a thread is free; until
        # then another worker may have them.
        self.batch, self.most = (50, 100) if name == MAIN else (max(threads // 2, 1), threads)

    async def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """In one of the lane's threads, with Django's connection."""
        context = contextvars.copy_context()  # what it logs is the job's
        return await asyncio.get_running_loop().run_in_executor(
            self.threads, context.run, _with_connection, function, arguments
        )


class Worker:
    """`jobs` maps the names that `defer` uses to functions, which take the payload's members;
    `slow_jobs` too, for jobs that wait for others' servers.
    """

    def __init__(
        self,
        *,
        queue_url: str,
        reader_url: str,
        jobs: Mapping[str, Callable[..., object]],
        schedules: Sequence[Schedule],
        subscribers: Sequence[Subscriber],
        slow_jobs: Mapping[str, Callable[..., object]] | None = None,
        threads: int = 2,
        slow_threads: int = 8,
        patience: float = PATIENCE,
    ) -> None:
        self._queue_url = queue_url
        self._schedules = schedules
        self._main = _Lane(MAIN, jobs, threads)
        self._lanes = [self._main]
        if slow_jobs:
            self._lanes.append(_Lane("slow", slow_jobs, slow_threads))
        self._in_thread = self._main.run
        self._follower = Follower(reader_url, subscribers, self._in_thread)
        self._stopping = asyncio.Event()
        self._patience = patience
        self._beaten_at = time.monotonic()
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid7().hex[-8:]}"

    @property
    def well(self) -> bool:
        """Whether it has reached the database lately."""
        return time.monotonic() - self._beaten_at < 6 * HEARTBEAT

    def stop(self) -> None:
        """Finish the jobs that run, put back those that wait for a thread, return from `run`."""
        self._stopping.set()

    async def run(self) -> bool:
        """Work until `stop`. Whether everything ended in time: if not, a thread still runs.

        Jobs that run for longer than the patience are left to the next worker, which takes them
        once this process has ended and been silent for a while.
        """
        queue = asyncio.gather(*(self._queue(lane) for lane in self._lanes))
        tasks = [
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._follower.run(), name="subscribers"),
        ]
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            either: set[asyncio.Future[Any]] = {queue, stopping}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return await asyncio.wait_for(self._end(queue, tasks), self._patience)
        except TimeoutError:
            logger.warning("jobs still run after %.0f s; another worker will", self._patience)
            return False
        finally:
            stopping.cancel()

    async def _end(
        self, queue: asyncio.Future[list[None]], tasks: list[asyncio.Task[None]]
    ) -> bool:
        try:
            await queue
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._in_thread(_forget, self._name)
        for lane in self._lanes:
            await asyncio.to_thread(lane.threads.shutdown)
        return True

    async def _beat(self) -> None:
        while True:
            try:
                await self._in_thread(_beat, self._name)
                self._beaten_at = time.monotonic()
            except Exception as problem:
                logger.warning("the heartbeat could not be written: %s", problem)
            await asyncio.sleep(HEARTBEAT)

    async def _queue(self, lane: _Lane) -> None:
        """Run the queue, and in the main lane the schedules; a lost connection is made again."""
        pause = 0.2
        while not self._stopping.is_set():
            try:
                async with await self._connect() as listening:
                    working = await self._connect()
                    pause = 0.2
                    await self._run_queue(lane, listening, working)
            except (psycopg.Error, OSError) as problem:
                logger.warning("the job queue lost its database, trying again: %s", problem)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            self._queue_url,
            autocommit=True,
            connect_timeout=5,
            application_name="buildrunner-jobs",
        )

    async def _run_queue(self, lane: _Lane, listening: Connection, working: Connection) -> None:
        """Until `stop` or the loss of a connection; then what became of running jobs is noted."""
        lost = asyncio.Event()
        driver = TwoLines(listening, working, self._connect, lost.set)
        queries = Queries(
            driver,
            QueryBuilderEnvironment(queue_schema.names()),
            queue_schema.queue_builder(),
            queue_schema.schedule_builder(),
        )
        queue = PgQueuer(driver, queue_schema.CHANNEL, queries=queries)
        for name, function in lane.jobs.items():
            self._register_job(lane, queue, name, function)
        for schedule in self._schedules if lane is self._main else ():
            self._register_schedule(queue, schedule)
        ends = [asyncio.create_task(event.wait()) for event in (self._stopping, lost)]
        for end in ends:
            end.add_done_callback(lambda _: queue.shutdown.set())
        try:
            await queue.run(
                dequeue_timeout=DEQUEUE_PAUSE,
                batch_size=lane.batch,
                max_concurrent_tasks=lane.most,
                heartbeat_timeout=SILENCE,
            )
        finally:
            for end in ends:
                end.cancel()
            await driver.close()
        if lost.is_set():
            logger.warning("the job queue lost its database for a while")

    def _register_job(
        self, lane: _Lane, queue: PgQueuer, name: str, function: Callable[..., object]
    ) -> None:
        async def run(job: Job) -> None:
            payload = json.loads(job.payload) if job.payload else {}
            with _observed(name, job.headers):
                await self._run_job(lane, name, lambda: function(**payload))

        queue.entrypoint(name, on_failure="hold", executor_factory=_retrying)(run)

    async def _run_job(self, lane: _Lane, name: str, work: Callable[[], object]) -> None:
        """In a thread, when one is free. An outage of the database is no failure of the job: it is
        waited for, and does not count among its attempts.
        """
        while True:
            async with lane.slots:
                if self._stopping.is_set():
                    raise RetryRequested(delay=timedelta(0), reason="the worker stops")
                try:
                    with metrics.timed_job(name):
                        await lane.run(work)
                except Exception as problem:
                    if not is_outage(problem):
                        raise
                    logger.warning("a job waits for the database: %s", type(problem).__name__)
                else:
                    return
            await asyncio.sleep(_OUTAGE_PAUSE)

    def _register_schedule(self, queue: PgQueuer, schedule: Schedule) -> None:
        async def run(_: DueSchedule) -> None:
            with _observed(schedule.name), metrics.timed_job(schedule.name):
                await self._in_thread(schedule.function)

        queue.schedule(schedule.name, schedule.cron)(run)


@contextmanager
def _observed(name: str, carried: Mapping[str, Any] | None = None) -> Iterator[None]:
    """What is logged and traced inside belongs to this run."""
    visit = visits.Visit()
    visit.job = name
    token = visits.enter(visit)
    try:
        with traces.job(name, carried):
            yield
    finally:
        visits.leave(token)


def _retrying(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
    return DatabaseRetryEntrypointExecutor(
        parameters,
        max_attempts=MOST_ATTEMPTS,
        initial_delay=timedelta(seconds=2),
        max_delay=timedelta(minutes=5),
    )


def _with_connection(function: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    """A broken connection is dropped before the work, not found out by it."""
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()


def _beat(name: str) -> None:
    now = timezone.now()
    Heartbeat.objects.update_or_create(process=name, defaults={"seen_at": now})
    Heartbeat.objects.filter(seen_at__lt=now - timedelta(hours=1)).delete()


def _forget(name: str) -> None:
    Heartbeat.objects.filter(process=name).delete()
