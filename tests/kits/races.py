"""Several actions at the same moment, each in a thread and a transaction of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from buildrunner.server.platform.errors import DomainError


def at_once(*attempts: Callable[[], object]) -> list[str]:
    """What each came to: `ok` or the code of its refusal, in order."""
    barrier = threading.Barrier(len(attempts))
    results: dict[int, str] = {}

    def run(number: int, attempt: Callable[[], object]) -> None:
        barrier.wait()
        try:
            attempt()
            results[number] = "ok"
        except DomainError as refusal:
            results[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(attempts))]
