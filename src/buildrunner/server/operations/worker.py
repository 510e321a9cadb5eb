"""The worker process."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from typing import TYPE_CHECKING

from buildrunner.server.platform.errors import OperatorProblem

if TYPE_CHECKING:
    from buildrunner.server.platform.jobs.worker import Worker


def work() -> None:
    """Work until SIGTERM or SIGINT, then finish what runs and return."""
    asyncio.run(_work())


def _tell_metrics(worker: Worker) -> None:
    from django.conf import settings

    if not settings.BR_METRICS_PORT:
        return
    from prometheus_client import REGISTRY

    from buildrunner.server.platform.observe.collectors import DatabaseCollector
    from buildrunner.server.platform.observe.exposition import serve_beside

    REGISTRY.register(DatabaseCollector())
    address, port = settings.BR_METRICS_LISTEN, settings.BR_METRICS_PORT
    try:
        serve_beside(address, port, lambda: worker.well)
    except OSError as problem:
        raise OperatorProblem(
            f"The worker's metrics cannot listen on {address} port {port}: {problem.strerror}.",
            hint="Set BR_METRICS_PORT to another number, or to 0 to leave them out.",
        ) from None


async def _work() -> None:
    import django

    django.setup()
    from django.conf import settings

    from buildrunner.server.config import subscriptions
    from buildrunner.server.platform.jobs.worker import Worker
    from buildrunner.server.platform.observe import traces

    finish_traces = traces.enable("worker") if settings.BR_OTEL else None
    worker = Worker(
        queue_url=settings.BR_WEB_URL,
        reader_url=settings.BR_READER_URL,
        jobs=subscriptions.JOBS,
        slow_jobs=subscriptions.SLOW_JOBS,
        schedules=subscriptions.SCHEDULES,
        subscribers=subscriptions.SUBSCRIBERS,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, worker.stop)
    _tell_metrics(worker)
    # What is loaded stays; a batch of events leaves many objects behind, and none of them cyclic.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    ended = await worker.run()
    if finish_traces is not None:
        await asyncio.to_thread(finish_traces)
    if not ended:
        # A thread that still runs would be waited for; its transaction ends with the process.
        logging.shutdown()
        os._exit(1)
