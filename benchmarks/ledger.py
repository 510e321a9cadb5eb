"""Sealing and verifying: `python benchmarks/ledger.py [ROWS]`.

Append: batches of 1,000 events are sealed through the product's own action into a PostgreSQL of its
own (fsync on), one transaction a batch: chain, disclosures under the actor's key, tree, row-level
security. Beside it plain COPY of rows with the very same columns into a table with
the same columns, keys and indexes; its rows are put together beforehand. Rounds alternate, the
ratio is that of the medians. Limit: 0.4.

Verify: an export in memory, in this process, by processor time, best of three; beside it a bare
chain of SHA-256 over the same bytes. Limit: 100,000 records a second for JSON Lines.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

BATCH = 1_000
ROUNDS = 21
LEAST_RATIO = 0.4
LEAST_RATE = 100_000.0
RECORDS = 50_000


def records(org_id: UUID, start: int, person: UUID) -> list[Any]:
    """Events as the sealer is given them; one actor in eight is another person."""
    from datetime import UTC, datetime
    from uuid import uuid5

    from buildrunner.server.platform.events.stream import Position, Record

    people = [uuid5(person, str(number)) for number in range(8)]
    return [
        Record(
            Position(1, 1_000_000 + start, 10_000_000 + start + number),
            "plan.revised",
            org_id,
            None,
            f"m1.s{number % 40}.ms{number % 9}",
            {"kind": "person", "id": str(people[number % 8]), "name": f"Person {number % 8}"},
            {
                "revision": start + number,
                "document_hash": "sha256:" + "9f86d081" * 8,
                "changed": [f"m1.s{number % 40}.ms1"],
                "many": False,
                "operations": {"set": 1},
            },
            datetime.now(UTC),
        )
        for number in range(BATCH)
    ]


def append_ratio() -> float:
    """Sealed rows a second over copied rows a second."""
    import psycopg
    from django.db import connection as django

    from buildrunner.server.domains.audit import facade as audit
    from factories import make_tenant

    tenant = make_tenant()
    rounds: dict[str, list[Taken]] = {"sealed": [], "plain COPY": []}
    columns = "org_id, seq, id, created_at, actor, action, payload, prev_hash, hash,"
    columns += " disclosures, actor_id, entity, project_id"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (LIKE audit_ledger INCLUDING ALL)")
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)  # as the worker does
        sealer, copier = _backend(django), connection.info.backend_pid
        for number in range(ROUNDS):
            batch = records(tenant.org_id, number * BATCH, tenant.person.id)
            with Taken(sealer) as taken:
                audit.seal_events(batch)
            rounds["sealed"].append(taken)
            found = connection.execute(
                f"SELECT {columns} FROM audit_ledger WHERE org_id = %s ORDER BY seq DESC LIMIT %s",
                [tenant.org_id, BATCH],
            ).fetchall()
            rows = [tuple(_text(value) for value in row) for row in found]
            with (
                Taken(copier) as taken,
                connection.transaction(),
                connection.cursor() as cursor,
                cursor.copy(f"COPY plain ({columns}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
            rounds["plain COPY"].append(taken)
    wall = {name: statistics.median(one.wall for one in all_) for name, all_ in rounds.items()}
    cpu = {name: statistics.median(one.cpu for one in all_) for name, all_ in rounds.items()}
    for name in rounds:
        print(
            f"  {name:<12} {BATCH / wall[name]:9,.0f} rows/s   {wall[name] * 1000:6.1f} ms,"
            f" processor {cpu[name] * 1000:6.1f} ms"
        )
    ratio = wall["plain COPY"] / wall["sealed"]
    kept = "kept" if ratio >= LEAST_RATIO else "MISSED"
    print(f"  ratio {ratio:.2f}   limit {LEAST_RATIO}   {kept}   (load {os.getloadavg()[0]:.1f})")
    print(f"  ratio of processor time {cpu['plain COPY'] / cpu['sealed']:.2f}")
    return ratio


class Taken:
    """The time of a block by the clock, and that of this process and one backend's processor."""

    def __init__(self, backend: int) -> None:
        self._backend = backend
        self.wall = self.cpu = 9e9

    def _spent(self) -> float:
        fields = Path(f"/proc/{self._backend}/schedstat").read_text().split()
        return time.process_time() + int(fields[0]) / 1e9

    def __enter__(self) -> Taken:
        self._start, self._cpu = time.perf_counter(), self._spent()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._start
        self.cpu = self._spent() - self._cpu


def _backend(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _text(value: Any) -> Any:
    import json

    return json.dumps(value) if isinstance(value, dict) else value


def verify_rates() -> float:
    """Records a second of an export with its disclosures."""
    from buildrunner.ledger.verify import verify
    from kits import ledgers

    made = ledgers.chain(RECORDS)
    note = ledgers.noted(made)
    rates = {}
    for name, more in (
        ("JSON Lines", {}),
        ("redacted", {"redact": True}),
        ("CSV", {"csv": True}),
    ):
        lines = ledgers.exported(made, **more)
        best = 9e9
        for _ in range(3):
            start = time.process_time()
            report = verify(lines, checkpoints=[note])
            best = min(best, time.process_time() - start)
            assert report.ok, report.finding
        rates[name] = RECORDS / best
        print(f"  {name:<12} {rates[name]:9,.0f} records/s   {len(lines[-2]):4} bytes a line")
    start, prev = time.process_time(), b""
    for sealed, _ in made:
        prev = sha256(prev + sealed.data).digest()
    print(f"  bare SHA-256 {RECORDS / (time.process_time() - start):9,.0f} records/s")
    rate = rates["JSON Lines"]
    print(f"  limit {LEAST_RATE:,.0f}   {'kept' if rate >= LEAST_RATE else 'MISSED'}")
    return rate


def main() -> int:
    """0 if both limits are kept."""
    from server_sync import database

    print(f"verify {RECORDS:,} records")
    rate = verify_rates()
    print(f"append {BATCH:,} rows a transaction")
    with database():
        ratio = append_ratio()
    return 0 if rate >= LEAST_RATE and ratio >= LEAST_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
