"""A worker process of its own, which a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildrunner.server.platform.db.roles import Databases

TESTS = Path(__file__).parents[1]


@contextmanager
def working(databases: Databases) -> Iterator[subprocess.Popen[str]]:
    """A worker process; killed at the end if it still runs."""
    environment = (
        os.environ
        | databases.environment()
        | {
            "PYTHONPATH": str(TESTS),
            "DJANGO_SETTINGS_MODULE": "buildrunner.server.config.settings",
            "BR_OUTBOUND_ALLOW": "127.0.0.1",
            "BR_OUTBOUND_HTTP": "1",
        }
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "kits.webhook_worker"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "working\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()
