"""The worker: subscribers with durable cursors, jobs that commit with their cause, schedules."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction

from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.cursor import Subscriber
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.models import Cursor
from buildrunner.server.platform.events.stream import Record
from buildrunner.server.platform.jobs.defer import defer
from buildrunner.server.platform.jobs.models import Heartbeat, QueuedJob
from buildrunner.server.platform.jobs.worker import Schedule, Worker

pytestmark = pytest.mark.usefixtures("commits")

WAIT = 30.0


class Seen:
    """What handlers have been given; waited for, not polled."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._changed = threading.Condition()

    def add(self, item: Any) -> None:
        with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    def wait(self, count: int) -> list[Any]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.items) >= count, WAIT), self.items
            return list(self.items)


@contextmanager
def working(
    databases: Databases,
    *,
    jobs: Mapping[str, Callable[..., object]] | None = None,
    subscribers: Sequence[Subscriber] = (),
    schedules: Sequence[Schedule] = (),
) -> Iterator[None]:
    """A worker in a thread of its own."""
    started = threading.Event()
    holder: list[tuple[asyncio.AbstractEventLoop, Worker]] = []

    async def work() -> None:
        worker = Worker(
            queue_url=databases.web,
            reader_url=databases.reader,
            jobs=jobs or {},
            schedules=schedules,
            subscribers=subscribers,
        )
        holder.append((asyncio.get_running_loop(), worker))
        started.set()
        await worker.run()

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    assert started.wait(WAIT)
    loop, worker = holder[0]
    try:
        yield
    finally:
        loop.call_soon_threadsafe(worker.stop)
        thread.join(WAIT)
        assert not thread.is_alive()


def happen(org_id: UUID, subject: str) -> None:
    with tenant_scope(org_id):
        emit("plan.revised", actor=SYSTEM, org_id=org_id, subject=subject)


def only(org_id: UUID, action: Callable[[Record], None]) -> Callable[[Record], None]:
    """The table holds the events of every test."""

    def handle(record: Record) -> None:
        if record.org_id == org_id:
            action(record)

    return handle


def test_a_subscriber_reads_all_once_and_remembers(databases: Databases) -> None:
    org_id, seen = uuid4(), Seen()
    name = f"test {org_id}"
    handlers = {"plan.revised": only(org_id, lambda record: seen.add(record.subject))}
    happen(org_id, "before it ran")
    with working(databases, subscribers=[Subscriber(name, handlers)]):
        seen.wait(1)
        happen(org_id, "while it ran")
        assert seen.wait(2) == ["before it ran", "while it ran"]
    happen(org_id, "while it was away")
    with working(databases, subscribers=[Subscriber(name, handlers)]):
        assert seen.wait(3) == ["before it ran", "while it ran", "while it was away"]
    assert Cursor.objects.filter(subscriber=name).exists()


def test_a_handler_that_fails_is_tried_again_with_the_same_event(databases: Databases) -> None:
    org_id, seen, other = uuid4(), Seen(), Seen()

    def fails_once(record: Record) -> None:
        first = record.subject not in seen.items
        seen.add(record.subject)
        if first and record.subject == "hard":
            raise ConnectionError("the other side is away")

    subscribers = [
        Subscriber(f"fails {org_id}", {"*": only(org_id, fails_once)}),
        Subscriber(f"works {org_id}", {"*": only(org_id, lambda r: other.add(r.subject))}),
    ]
    for subject in ("easy", "hard", "after"):
        happen(org_id, subject)
    with working(databases, subscribers=subscribers):
        assert other.wait(3) == ["easy", "hard", "after"]
        assert seen.wait(4) == ["easy", "hard", "hard", "after"]


def test_of_two_workers_one_runs_a_subscriber(databases: Databases) -> None:
    org_id, seen = uuid4(), Seen()
    handlers = {"*": only(org_id, lambda record: seen.add(record.subject))}
    first = [Subscriber(f"shared {org_id}", handlers)]
    with working(databases, subscribers=first), working(databases, subscribers=first):
        for number in range(10):
            happen(org_id, str(number))
        seen.wait(10)
    assert seen.items == [str(number) for number in range(10)]


def test_a_job_runs_after_the_commit_and_never_after_a_rollback(databases: Databases) -> None:
    seen = Seen()
    with working(databases, jobs={"test.note": lambda word: seen.add(word)}):
        with transaction.atomic():
            defer("test.note", {"word": "rolled back"})
            transaction.set_rollback(True)
        with transaction.atomic():
            defer("test.note", {"word": "committed"})
            assert seen.items == []
        assert seen.wait(1) == ["committed"]


def test_a_job_that_fails_is_tried_again(databases: Databases) -> None:
    seen = Seen()

    def fails_once(word: str) -> None:
        seen.add(word)
        if len(seen.items) == 1:
            raise TimeoutError("not yet")

    with working(databases, jobs={"test.retry": fails_once}):
        defer("test.retry", {"word": "again"})
        assert seen.wait(2) == ["again", "again"]


def test_the_same_job_waits_once() -> None:
    key = f"once {uuid4()}"
    name = f"test.{uuid4()}"
    for _ in range(3):
        defer(name, {}, once=key)
    assert QueuedJob.objects.filter(entrypoint=name).count() == 1


def test_a_worker_shows_that_it_lives(databases: Databases) -> None:
    before = set(Heartbeat.objects.values_list("process", flat=True))
    seen = Seen()
    with working(databases, jobs={"test.alive": lambda: seen.add(1)}):
        defer("test.alive")
        seen.wait(1)
        running = set(Heartbeat.objects.values_list("process", flat=True)) - before
        assert len(running) == 1
    assert not Heartbeat.objects.filter(process__in=running).exists()
    connections.close_all()


def test_every_schedule_and_subscription_of_the_product_can_run() -> None:
    from croniter import croniter

    from buildrunner.server.config import subscriptions

    for schedule in subscriptions.SCHEDULES:
        assert croniter.is_valid(schedule.cron)
        schedule.function()
    names = [one.name for one in (*subscriptions.SCHEDULES, *subscriptions.SUBSCRIBERS)]
    assert len(set(names)) == len(names)
