"""The product's worker with short pauses, as a process of its own: `python -m kits.webhook_worker`.

Tests kill it; what it was about is made up for within seconds instead of half a minute.
"""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta


def main() -> None:
    """Work until SIGTERM."""
    import django

    django.setup()
    from django.conf import settings

    from buildrunner.server.config import subscriptions
    from buildrunner.server.domains.notifications.rules import retries
    from buildrunner.server.platform.jobs import worker

    retries.LEASE = timedelta(seconds=2)  # type: ignore[misc]
    retries._FIRST = timedelta(seconds=0.1)  # type: ignore[misc]
    worker.SILENCE = timedelta(seconds=2)

    async def work() -> None:
        running = worker.Worker(
            queue_url=settings.BR_WEB_URL,
            reader_url=settings.BR_READER_URL,
            jobs=subscriptions.JOBS,
            slow_jobs=subscriptions.SLOW_JOBS,
            schedules=(),
            subscribers=subscriptions.SUBSCRIBERS,
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, running.stop)
        print("working", flush=True)
        await running.run()

    asyncio.run(work())


if __name__ == "__main__":
    main()
