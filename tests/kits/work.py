"""Worker processes with jobs that leave traces: for tests that harm them.

Run as a program it is `br server worker`, with the jobs below instead of the product's.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from pgqueuer.adapters.drivers.psycopg import SyncPsycopgDriver
from pgqueuer.adapters.persistence.queries import SyncQueries

TABLE = "test_effects"


class Traces:
    """The table that test jobs write to, and the queue they wait in."""

    def __init__(self, owner_url: str, web_role: str) -> None:
        self._connection = psycopg.connect(owner_url, autocommit=True)
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE}"
            " (job int PRIMARY KEY, process int, started timestamptz DEFAULT now())"
        )
        self._connection.execute(f"GRANT SELECT, INSERT ON {TABLE} TO {web_role}")

    def close(self) -> None:
        self._connection.close()

    def defer(self, web_url: str, *jobs: dict[str, Any]) -> None:
        """Queue `note(**job)` for each."""
        from buildrunner.server.platform.jobs.queue_schema import queue_builder

        with psycopg.connect(web_url, autocommit=True) as connection:
            queries = SyncQueries(SyncPsycopgDriver(connection), queue_builder())
            for job in jobs:
                queries.enqueue("test.note", json.dumps(job).encode())

    def effects(self) -> dict[int, int]:
        """job → the process whose run of it counted."""
        return dict(self._connection.execute(f"SELECT job, process FROM {TABLE}").fetchall())

    def waiting(self) -> dict[str, int]:
        """Jobs by state."""
        return dict(
            self._connection.execute(
                "SELECT status::text, count(*) FROM pgqueuer WHERE entrypoint = 'test.note' GROUP BY 1"
            ).fetchall()
        )

    def await_effects(self, count: int, patience: float = 40.0) -> dict[int, int]:
        """Until so many jobs have had their effect and none waits."""
        deadline = time.monotonic() + patience
        while len(self.effects()) < count or self.waiting():
            assert time.monotonic() < deadline, (len(self.effects()), self.waiting())
            time.sleep(0.05)
        return self.effects()


def start(data_dir: Path, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A worker on the database of `data_dir`; each run of a job leaves a file in `folder`."""
    ours = ("BR_", "DATABASE_", "DJANGO_")  # other tests of this run may have set some
    known = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    return subprocess.Popen(
        [sys.executable, "-P", __file__, "worker", "--data-dir", str(data_dir), *arguments],
        env={**known, "TRACES": str(folder)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def note(job: int, seconds: float = 0.0) -> None:
    """Say that it runs, take its time, and write the effect down in one transaction."""
    from django.db import connection, transaction

    trace = Path(os.environ["TRACES"]) / f"{job}.{os.getpid()}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (job, process) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [job, os.getpid()],
        )
        trace.touch()
        time.sleep(seconds)


def _program() -> int:
    import django

    prepare = django.setup

    def setup(*arguments: Any, **options: Any) -> None:
        prepare(*arguments, **options)
        from buildrunner.server.config import subscriptions

        subscriptions.JOBS = {"test.note": note}
        subscriptions.SCHEDULES = ()

    django.setup = setup
    from buildrunner.server.__main__ import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(_program())
