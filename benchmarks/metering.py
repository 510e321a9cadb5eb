"""Usage events over HTTP against bare COPY: `script/bench metering`.

One process of granian takes `POST /api/usage/events` in batches of 1,000 from a few connections:
keys are checked, every event is named once, charged, written and summed, and the answer is given
after the commit (fsync on). Beside it a plain loader begins with the same bodies and ends in the
same table: it decodes them and copies their rows with psycopg's `write_row`, 1,000 a transaction,
one connection, and does nothing else. Rounds are interleaved and medians compared; the limit is 0.4
of that. Told as well, as the most that psycopg can carry: rows that stand ready as Python's objects,
copied into a table without indexes; a batch that was sent before (all duplicates), single events,
and the processor time of a row on the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

CONNECTIONS = 4
ROWS = 1_000  # of a batch
BATCHES = 60  # of a round
ROUNDS = 5
LEAST = 0.4
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro")


def serve() -> None:
    """The product's own front on the socket in `BENCH_FD`."""
    from buildrunner.server.config import asgi
    from buildrunner.server.config.settings import environment as env
    from buildrunner.server.operations import environment, web

    async def run() -> None:
        await asgi.begin()
        listening = socket.socket(fileno=int(os.environ["BENCH_FD"]))
        await web.BoundServer(asgi.app, listening).serve()

    # As `br up` starts its web process.
    os.environ |= environment.own_core()
    web.stay_on_one_core(env.core("BR_WEB_CORE"))
    asyncio.run(run())


def body(project_id: UUID, rows: int = ROWS) -> bytes:
    """A batch as a collector would send it."""
    start = uuid4().hex
    minute = int(start[:4], 16) % 60
    events = [
        {
            "specversion": "1.0",
            "id": f"{start}-{number}",
            "source": "//bench/agents",
            "type": "tokens",
            "time": f"2026-11-10T12:{minute:02}:{number % 60:02}.{number:03}Z",
            "data": {
                "project_id": str(project_id),
                "quantity": 1200 + number,
                "tokens": {"input": 1000, "cache_read": number, "output": 200},
                "model_name": MODELS[number % 4],
                "microstep_id": f"m1.s{number % 5}.ms{number % 20}",
                "run": f"run-{number % 50}",
            },
        }
        for number in range(rows)
    ]
    return json.dumps(events if rows > 1 else events[0]).encode()


def request(port: int, key: str, content: bytes) -> bytes:
    """A request as bytes."""
    head = (
        f"POST /api/usage/events HTTP/1.1\r\nHost: localhost:{port}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _send(port: int, waiting: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    while waiting:
        writer.write(waiting.pop())
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        told = await reader.readexactly(length)
        if b" 20" not in head[:14] or b" 207" in head[:14]:
            raise RuntimeError(f"{head[:80]!r} {told[:300]!r}")
    writer.close()


def send(port: int, requests: list[bytes]) -> float:
    """Requests a second over all connections."""
    waiting = list(requests)

    async def run() -> None:
        await asyncio.gather(*(_send(port, waiting) for _ in range(CONNECTIONS)))

    start = time.perf_counter()
    asyncio.run(run())
    return len(requests) / (time.perf_counter() - start)


class Copying:
    """Bare COPY with psycopg, one connection, a batch in a transaction."""

    def __init__(self, tenant: Any) -> None:
        import psycopg
        from django.conf import settings

        from buildrunner.server.domains.metering.actions import usage_statements
        from buildrunner.server.platform.db.scope import SETTING

        self.columns = usage_statements.COLUMNS
        self.tenant = tenant
        self.connection = psycopg.connect(settings.BR_OWNER_URL, autocommit=True)
        self.connection.execute("SELECT set_config(%s, %s, false)", [SETTING, str(tenant.org_id)])
        self.connection.execute("CREATE TABLE bench_copy (LIKE metering_usage INCLUDING DEFAULTS)")
        self.connection.execute("ALTER TABLE bench_copy DROP COLUMN id")

    def load(self) -> float:
        """Rows a second of a plain loader: bodies as they are posted, decoded and copied to where
        usage is kept; nothing is checked, named, charged or summed."""
        bodies = [body(self.tenant.project_id) for _ in range(BATCHES)]
        return self._run("metering_usage_y2026m11", map(self._decoded, bodies))

    def prepared(self) -> float:
        """Rows a second of rows that stand ready as Python's own objects, into a table without
        indexes."""
        batches = [[self._row(number) for number in range(ROWS)] for _ in range(BATCHES)]
        return self._run("bench_copy", batches)

    def _run(self, table: str, batches: Iterable[list[tuple[Any, ...]]]) -> float:
        start = time.perf_counter()
        for rows in batches:
            with (
                self.connection.transaction(),
                self.connection.cursor() as cursor,
                cursor.copy(f"COPY {table} ({self.columns}) FROM STDIN".encode()) as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        return BATCHES * ROWS / (time.perf_counter() - start)

    def _decoded(self, content: bytes) -> list[tuple[Any, ...]]:
        org, person, key = self.tenant.org_id, self.tenant.person.id, self.tenant.key_id
        rows = []
        for event in json.loads(content):
            data = event["data"]
            tokens, microstep = data["tokens"], data["microstep_id"]
            step = microstep.rpartition(".")[0]
            rows.append(
                (
                    *(org, data["project_id"], None, event["source"], event["type"], "tokens"),
                    *(data.get("provider"), data["model_name"], "USD", None, step.split(".")[0]),
                    *(step, microstep, None, data["run"], person, key, None, event["time"]),
                    *(event["time"], event["id"], data["quantity"], tokens["input"]),
                    *(tokens["cache_read"], 0, tokens["output"], 0, False, None, None),
                )
            )
        return rows

    def _row(self, number: int) -> tuple[Any, ...]:
        from datetime import UTC, datetime

        tenant = self.tenant
        time = datetime(2026, 11, 1 + number % 20, number % 24, number % 60, 7, tzinfo=UTC)
        microstep = f"m1.s{number % 5}.ms{number % 20}"
        return (
            *(tenant.org_id, tenant.project_id, None, "//bench/agents", "tokens", "tokens", None),
            *(MODELS[number % 4], "USD", "genai-prices/0.2.3/openai/gpt-4o#1f0c2b1e", "m1"),
            *(microstep[:5], microstep, None, f"run-{number % 50}", tenant.person.id),
            *(tenant.key_id, None, time, time, f"{uuid4().hex}-{number}", Decimal(1200 + number)),
            *(1000, number, 0, 200, 0, False, Decimal("0.0045000000"), None),
        )


def main() -> int:
    """0 if the limit is kept."""
    from server_sync import database

    with database():
        from factories import make_tenant

        tenant = make_tenant(name="bench")
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        bound.listen(64)
        port = bound.getsockname()[1]
        known = {
            **os.environ,
            "BENCH_FD": str(bound.fileno()),
            "BR_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "BR_SECRET_KEY": "of the benchmark",
            # Counted as always, and never reached.
            **dict.fromkeys(("BR_RATE_LIMIT", "BR_RATE_LIMIT_ORG"), str(10**9)),
        }
        process = subprocess.Popen(
            [sys.executable, __file__, "--serve"], env=known, pass_fds=[bound.fileno()]
        )
        bound.close()  # or a server that failed would leave callers waiting
        try:
            from api_reads import _ready

            _ready(port, process)
            return _compare(port, tenant, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _compare(port: int, tenant: Any, pid: int) -> int:
    def batches(count: int, rows: int = ROWS) -> list[bytes]:
        made = (body(tenant.project_id, rows) for _ in range(count))
        return [request(port, tenant.key, content) for content in made]

    copying = Copying(tenant)
    send(port, batches(8))
    found: dict[str, list[float]] = defaultdict(list)
    spent = []
    for _ in range(ROUNDS):
        fresh = batches(BATCHES)
        found["copy"].append(copying.load())
        found["prepared"].append(copying.prepared())
        before = _cpu(pid)
        found["http"].append(send(port, fresh) * ROWS)
        spent.append((_cpu(pid) - before) / (BATCHES * ROWS) * 1e6)
        found["again"].append(send(port, fresh[:10]) * ROWS)
        found["one"].append(send(port, batches(200, 1)))
    middle = {name: statistics.median(rates) for name, rates in found.items()}
    ratio = middle["http"] / middle["copy"]
    ratios = [http / copy for http, copy in zip(found["http"], found["copy"], strict=True)]
    kept = ratio >= LEAST
    print(f"batches of {ROWS:,} over {CONNECTIONS} connections, medians of {ROUNDS} rounds")
    print(f"  bare COPY of the bodies    {middle['copy']:9,.0f} rows/s")
    print(
        f"  POST /api/usage/events     {middle['http']:9,.0f} rows/s   ratio {ratio:.2f}"
        f" ({min(ratios):.2f} to {max(ratios):.2f})   limit {LEAST}   {'kept' if kept else 'MISSED'}"
    )
    print(
        f"  COPY of prepared rows      {middle['prepared']:9,.0f} rows/s   ratio"
        f" {middle['http'] / middle['prepared']:.2f}"
    )
    print(f"  the same sent again        {middle['again']:9,.0f} rows/s")
    print(f"  events one by one          {middle['one']:9,.0f} requests/s")
    print(
        f"  web process                {statistics.median(spent):9.1f} µs of processor time a row"
    )
    return 0 if kept else 1


def _cpu(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        raise SystemExit(main())
