"""No-op jobs per second of one worker: `python benchmarks/jobs.py [N]`.

A PostgreSQL of its own (fsync on). N jobs (5,000) are queued through `jobs.defer` as the product
queues them, in transactions of 100; then one worker with the product's own jobs and settings runs
them to the end. Best of the rounds; the limit is 1,000 jobs a second. A job counts when its
function has run; the table also tells when the last was noted as done in the database, and what
processor time of this process a job took, which a busy machine changes less.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

ROUNDS = 3
LIMIT = 1_000.0
NAME = "bench.nothing"


def fill(count: int) -> float:
    """Queue the jobs; jobs a second."""
    from django.db import transaction

    from buildrunner.server.platform.jobs.defer import defer

    start = time.perf_counter()
    for first in range(0, count, 100):
        with transaction.atomic():
            for number in range(first, min(first + 100, count)):
                defer(NAME, {"number": number})
    return count / (time.perf_counter() - start)


class Counting:
    """The job: counts itself, and says when all have run."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        self.seen: set[int] = set()
        self.twice = 0
        self.done = threading.Event()

    def __call__(self, number: int) -> None:
        """One job."""
        with self._lock:
            self.twice += number in self.seen
            self.seen.add(number)
            self._left -= 1
            if self._left == 0:
                self.done.set()


def drain(job: Counting) -> tuple[float, float]:
    """Run one worker until every job has run; seconds until then, and until all are noted."""
    from buildrunner.server.config import subscriptions
    from buildrunner.server.platform.jobs.models import QueuedJob
    from buildrunner.server.platform.jobs.worker import Worker

    async def work() -> tuple[float, float]:
        worker = Worker(
            queue_url=os.environ["DATABASE_WEB_URL"],
            reader_url=os.environ["DATABASE_READER_URL"],
            jobs={**subscriptions.JOBS, NAME: job},
            slow_jobs=subscriptions.SLOW_JOBS,
            schedules=subscriptions.SCHEDULES,
            subscribers=subscriptions.SUBSCRIBERS,
        )
        running = asyncio.create_task(worker.run())
        start = time.perf_counter()
        await asyncio.to_thread(job.done.wait, 120)
        ran = time.perf_counter() - start
        while await asyncio.to_thread(QueuedJob.objects.filter(entrypoint=NAME).exists):
            await asyncio.sleep(0.02)
        noted = time.perf_counter() - start
        worker.stop()
        await running
        return ran, noted

    return asyncio.run(work())


def main() -> int:
    """0 if the limit is kept."""
    from server_sync import database

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    best = 0.0
    with database():
        print(f"{count:,} no-op jobs, one worker")
        for _ in range(ROUNDS):
            queued = fill(count)
            job = Counting(count)
            cpu = time.process_time()
            ran, noted = drain(job)
            cpu = time.process_time() - cpu
            assert len(job.seen) == count, len(job.seen)
            best = max(best, count / noted)
            print(
                f"  queued {queued:7,.0f}/s   run {count / ran:7,.0f}/s"
                f"   run and noted {count / noted:7,.0f}/s   {cpu / count * 1000:5.2f} ms CPU a job"
                f"   twice {job.twice}"
            )
    print(f"  best {best:,.0f}/s   limit {LIMIT:,.0f}/s   {'kept' if best >= LIMIT else 'MISSED'}")
    return 0 if best >= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
