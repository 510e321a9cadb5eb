"""Reserve and settle against a bare UPDATE: `script/bench budgets`.

An embedded PostgreSQL with its defaults (fsync on). One connection each, then 16 connections for
200 calls at once on one hard budget: reserve and settle are two transactions, and so are the two
UPDATEs of one row that they are compared with, in the same run and interleaved.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

CALLS = 200
ROUNDS = 5
CROWD = 16
TINY = Decimal("0.000001")


def main() -> None:
    """Print calls a second and their ratio to the UPDATEs."""
    from buildrunner.server.platform.db import embedded
    from buildrunner.server.platform.db.roles import embedded_database

    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        cluster = embedded.start(Path(home) / "data")
        try:
            databases = embedded_database(cluster, "bench")
            os.environ |= databases.environment()
            os.environ["DJANGO_SETTINGS_MODULE"] = "buildrunner.server.config.settings"
            _migrate(databases.owner)
            _measure(databases.owner)
        finally:
            cluster.stop()


def _migrate(owner: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from buildrunner.server.config.settings import environment
    from buildrunner.server.platform.db.access import apply_access

    web = dict(connection.settings_dict)
    connection.settings_dict.update(environment.database(owner, "DATABASE_URL"))
    call_command("migrate", verbosity=0)
    apply_access()
    connection.close()
    connection.settings_dict.update(web)


def _measure(owner: str) -> None:
    import psycopg

    from buildrunner.server.domains.metering import facade as metering
    from factories import make_tenant
    from factories.budgets import budget_row, cause

    tenant = make_tenant()
    budget_row(tenant, "1000000")
    about = cause(tenant)
    with psycopg.connect(owner, autocommit=True) as bare:
        bare.execute("CREATE TABLE bench (id int PRIMARY KEY, spent numeric(30, 10))")
        bare.execute("INSERT INTO bench VALUES (1, 0)")
    mine = threading.local()

    def call() -> None:
        name: UUID = uuid4()
        metering.reserve(about, TINY, id=name)
        metering.settle(tenant.org_id, name, TINY)

    def update() -> None:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(owner, autocommit=True)
        for _ in range(2):
            mine.connection.execute("UPDATE bench SET spent = spent + 0.000001 WHERE id = 1")

    for crowd in (1, CROWD):
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(ROUNDS):
            rates["ours"].append(_rate(call, crowd))
            rates["bare"].append(_rate(update, crowd))
        ours, bare_rate = (statistics.median(rates[name]) for name in ("ours", "bare"))
        print(
            f"{crowd:>2} connections: reserve and settle {ours:,.0f}/s, two bare UPDATEs "
            f"{bare_rate:,.0f}/s, ratio {ours / bare_rate:.2f}"
        )


def _rate(act: Callable[[], None], crowd: int) -> float:
    from django.db import connection

    barrier = threading.Barrier(crowd + 1)

    def work() -> None:
        act()  # connects
        barrier.wait()
        for _ in range(CALLS // crowd):
            act()
        barrier.wait()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(crowd)]
    for one in threads:
        one.start()
    barrier.wait()
    start = time.perf_counter()
    barrier.wait()
    taken = time.perf_counter() - start
    for one in threads:
        one.join()
    return CALLS // crowd * crowd / taken


if __name__ == "__main__":
    main()
