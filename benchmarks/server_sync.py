"""Server time and body size of a push and of a one-field sync: `python benchmarks/server_sync.py [N …]`.

A PostgreSQL of its own (fsync on) and the API through Django's handler in this process, with an
API key, on a plan of N microsteps (100 and 10,000). Medians; the phases of a sync in which the
clone's base is the head are printed below it. Limits at 10,000: push ≤ 3 s; a one-field sync
≤ 150 ms and ≤ 5 KB, whether or not others wrote meanwhile.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

ROUNDS = 15
LIMITS_MS = {"push": 3_000.0, "sync": 150.0, "sync, base behind": 150.0}
LIMIT_BYTES = 5_000


@contextmanager
def database() -> Iterator[None]:
    """A migrated cluster that Django speaks to as the web role."""
    from buildrunner.server.platform.db import embedded
    from buildrunner.server.platform.db.roles import embedded_database

    with tempfile.TemporaryDirectory(prefix="buildrunner-bench-") as folder:
        cluster = embedded.start(Path(folder) / "data")
        try:
            databases = embedded_database(cluster, "bench")
            os.environ.update(databases.environment())
            os.environ["BR_ALLOWED_HOSTS"] = "testserver"
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildrunner.server.config.settings")
            _migrate(databases.owner)
            yield
        finally:
            cluster.stop()


def _migrate(owner_url: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from buildrunner.server.config.settings import environment
    from buildrunner.server.platform.db.access import apply_access

    web = dict(connection.settings_dict)
    connection.settings_dict.update(environment.database(owner_url, "DATABASE_URL"))
    call_command("migrate", verbosity=0)
    apply_access()
    connection.close()
    connection.settings_dict.update(web)


class Phases:
    """Milliseconds that named functions take, while watched."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)
        self._inner: list[tuple[Any, str, Callable[..., Any]]] = []

    def watch(self, module: Any, name: str, phase: str) -> None:
        """Time every call of a function of a module."""
        inner: Callable[..., Any] = getattr(module, name)
        self._inner.append((module, name, inner))

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                self.spent[phase].append((time.perf_counter() - start) * 1000)

        setattr(module, name, timed)

    def finish(self) -> dict[str, float]:
        """Medians by phase; the functions are what they were."""
        for module, name, inner in self._inner:
            setattr(module, name, inner)
        return {phase: statistics.median(times) for phase, times in self.spent.items()}


def watch_sync() -> Phases:
    """The parts of a sync whose base is the head."""
    from buildrunner.server.domains.plans.actions import apply_to_head, pending_sync, sync_plan
    from buildrunner.server.domains.plans.rules import parts, validity

    phases = Phases()
    phases.watch(sync_plan, "lock_head", "read and lock the head")
    phases.watch(apply_to_head.Excerpt, "of", "find and decode the part")
    phases.watch(apply_to_head, "apply_operations", "apply the operation")
    phases.watch(apply_to_head.Excerpt, "put_back", "encode, deflate, hash")
    phases.watch(validity, "check_change", "judge the outcome")
    phases.watch(parts.Document, "pack", "of writing: pack")
    phases.watch(pending_sync, "revise", "write revision, head, event")
    return phases


class Project:
    """One project, changed through the API."""

    def __init__(self, name: str) -> None:
        from django.test import Client

        from factories import make_tenant

        tenant = make_tenant(name=name)
        self.client = Client()
        self.path = f"/api/projects/{tenant.project_id}/sync"
        self.headers = {"Authorization": f"Bearer {tenant.key}"}
        self.revision = 0
        # The first request loads what all of them need.
        self.client.get("/api/me", headers=self.headers)

    def sync(self, body: dict[str, Any]) -> tuple[float, int]:
        """Milliseconds and bytes, both ways, of one request."""
        data = json.dumps(body, ensure_ascii=False).encode()
        start = time.perf_counter()
        answer = self.client.post(
            self.path, data, content_type="application/json", headers=self.headers
        )
        spent = (time.perf_counter() - start) * 1000
        if answer.status_code != 200:
            raise SystemExit(answer.content.decode())
        self.revision = answer.json()["revision"]
        return spent, len(data) + len(answer.content)

    def edit(self, entity_id: str, value: str, base: int, base_hash: str) -> tuple[float, int]:
        """Set one title."""
        operation = {"op": "set", "id": entity_id, "field": "title", "value": value}
        body = {"base_revision": base, "base_hash": base_hash, "operations": [operation]}
        return self.sync(body)


def measure(size: int) -> bool:
    """Print the figures for one size; whether they keep the limits."""
    from plans import make_plan

    from buildrunner.spec.diff import apply
    from buildrunner.spec.document import document_hash, microsteps

    plan = make_plan(size)
    ids = [entity.id for entity in microsteps(plan)]
    project = Project(f"bench {size}")
    first_hash = document_hash(plan)
    push = project.sync({"base_revision": 0, "document": plan, "document_hash": first_hash})

    def edits(count: int, behind: bool) -> list[tuple[float, int]]:
        nonlocal plan
        measured = []
        for number in range(count):
            base = 1 if behind else project.revision
            base_hash = first_hash if behind else document_hash(plan)
            place = number + (count + 3 if behind else 0)
            value = f"Edit {behind} {number}"
            measured.append(project.edit(ids[place], value, base, base_hash))
            operation = {"op": "set", "id": ids[place], "field": "title", "value": value}
            plan = apply(plan, [operation])
        return measured

    edits(2, behind=False)
    phases = watch_sync()
    forward = edits(ROUNDS, behind=False)
    parts = phases.finish()
    behind = edits(ROUNDS, behind=True)

    kept = True
    print(f"{size:,} microsteps")
    for name, found in (("push", [push]), ("sync", forward), ("sync, base behind", behind)):
        spent = statistics.median(milliseconds for milliseconds, _ in found)
        carried = max(count for _, count in found)
        fits = spent <= LIMITS_MS[name] and (name == "push" or carried <= LIMIT_BYTES)
        kept = kept and (fits or size > 10_000)
        limit = f"limit {LIMITS_MS[name]:,.0f} ms" if size == 10_000 else ""
        print(f"  {name:<30}{spent:9.1f} ms {carried:11,} bytes  {limit}")
        for phase, part in parts.items() if name == "sync" else ():
            print(f"      {phase:<30}{part:9.1f} ms")
    return kept


def main() -> int:
    """0 if every limit is kept."""
    sizes = [int(text) for text in sys.argv[1:]] or [100, 10_000]
    with database():
        kept = [measure(size) for size in sizes]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
