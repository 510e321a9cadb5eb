"""The worker process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal


def work() -> None:
    """Work until SIGTERM or SIGINT, then finish what runs and return."""
    asyncio.run(_work())


async def _work() -> None:
    import django

    django.setup()
    from django.conf import settings

    from buildrunner.server.config import subscriptions
    from buildrunner.server.platform.jobs.worker import Worker

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
    if not await worker.run():
        # A thread that still runs would be waited for; its transaction ends with the process.
        logging.shutdown()
        os._exit(1)
