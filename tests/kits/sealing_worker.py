"""Run as a program: a worker that seals, and does nothing else."""

import asyncio
import os
import signal


async def work() -> None:
    """Until SIGTERM."""
    import django

    django.setup()
    from buildrunner.server.config import subscriptions
    from buildrunner.server.platform.jobs.worker import Worker

    worker = Worker(
        queue_url=os.environ["DATABASE_WEB_URL"],
        reader_url=os.environ["DATABASE_READER_URL"],
        jobs={},
        slow_jobs={},
        schedules=(),
        subscribers=[one for one in subscriptions.SUBSCRIBERS if one.name == "audit.seal"],
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    print("working", flush=True)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(work())
