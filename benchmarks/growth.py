"""What a request costs while everything around it grows: `script/bench growth`.

One organization with 10 projects and 10,000 events becomes one with 10,000 projects and 1,000,000
events. The same requests are measured before and after on a project with the same plan; each is
the best median of several rounds. Limit: 1.5 times.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

SMALL = (10, 10_000)
LARGE = (10_000, 1_000_000)
ROUNDS, CALLS = 9, 30
MOST = 1.5

PROJECTS = """
INSERT INTO tenancy_project (id, created_at, org_id, title, head_revision, updated_at)
SELECT gen_random_uuid(), now(), %(org)s, 'Project ' || n, 0, now() FROM generate_series(1, %(count)s) n
"""
MEMBERS = """
INSERT INTO tenancy_projectmembership (id, created_at, org_id, project_id, person_id, role)
SELECT gen_random_uuid(), now(), org_id, id, %(person)s, 'pm' FROM tenancy_project
 WHERE org_id = %(org)s AND id <> ALL(%(held)s)
"""
EVENTS = """
INSERT INTO events_event (created_at, org_id, project_id, kind, subject, actor, data)
SELECT now(), %(org)s, (%(projects)s::uuid[])[1 + n %% array_length(%(projects)s::uuid[], 1)],
       'plan.revised', n::text, '{"kind": "system", "id": null, "name": "bench"}', '{"revision": 1}'
  FROM generate_series(1, %(count)s) n
"""
BATCH = 20_000


class Subject:
    """One tenant, its API, and the requests that are measured."""

    def __init__(self) -> None:
        from django.test import Client
        from plans import make_plan

        from factories import make_tenant

        self.tenant = make_tenant(name="growth", plan=make_plan(100))
        self.client = Client(headers={"Authorization": f"Bearer {self.tenant.key}"})
        self.base = f"/api/projects/{self.tenant.project_id}"
        self.revision = 1
        self.numbers = itertools.count()

    def get(self, path: str) -> None:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.content

    def sync(self) -> None:
        """Set one title."""
        value = f"Edit {next(self.numbers)}"
        operation = {"op": "set", "id": "m1.s1.ms1", "field": "title", "value": value}
        body = {"base_revision": self.revision, "operations": [operation]}
        answer = self.client.post(f"{self.base}/sync", body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        self.revision = answer.json()["revision"]

    def claim(self) -> None:
        """Renew a lease."""
        body = {"microstep_id": "m1.s1.ms1", "holder": "bench"}
        answer = self.client.post(f"{self.base}/claims", body, content_type="application/json")
        assert answer.status_code in {200, 201}, answer.content

    def newest_events(self) -> None:
        """What a subscriber that is up to date does for each notification."""
        asyncio.run(self._read())

    async def _read(self) -> None:
        import psycopg

        from buildrunner.server.platform.events import stream

        url = os.environ["DATABASE_READER_URL"]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            place = await stream.head(connection)
            for _ in range(CALLS):
                await stream.read(connection, place, limit=100)

    def requests(self) -> dict[str, tuple[Callable[[], None], int]]:
        """Each with how often a round calls it."""
        return {
            "GET project": (lambda: self.get(self.base), CALLS),
            "GET projects, first page": (lambda: self.get("/api/projects?limit=10"), CALLS),
            "GET plan": (lambda: self.get(f"{self.base}/plan"), CALLS),
            "GET revisions": (lambda: self.get(f"{self.base}/revisions?limit=10"), CALLS),
            "POST sync of one field": (self.sync, CALLS),
            "POST claim": (self.claim, CALLS),
            "read news as a subscriber": (self.newest_events, 1),
        }


def grow(subject: Subject, projects: int, events: int, held: tuple[int, int]) -> None:
    """From `held` projects and events to these many."""
    import psycopg

    org = subject.tenant.org_id
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:

        def ids() -> list[Any]:
            found = owner.execute("SELECT id FROM tenancy_project WHERE org_id = %s", [org])
            return [row[0] for row in found]

        before = ids()
        owner.execute(PROJECTS, {"org": org, "count": projects - held[0]})
        person = subject.tenant.person.id
        owner.execute(MEMBERS, {"org": org, "person": person, "held": before})
        all_ids = ids()
        for start in range(held[1], events, BATCH):
            count = min(BATCH, events - start)
            owner.execute(EVENTS, {"org": org, "count": count, "projects": all_ids[:1000]})
        owner.execute("VACUUM ANALYZE")


def measure(subject: Subject) -> dict[str, float]:
    """The best median of each request, in milliseconds."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, (call, count) in subject.requests().items():
            times = []
            for _ in range(count):
                start = time.perf_counter()
                call()
                times.append((time.perf_counter() - start) * 1000)
            best[name] = min(best.get(name, float("inf")), statistics.median(times))
    return best


def main() -> int:
    """0 if every limit is kept."""
    from server_sync import database

    os.environ |= dict.fromkeys(("BR_RATE_LIMIT", "BR_RATE_LIMIT_ORG"), str(10**9))
    with database():
        subject = Subject()
        grow(subject, *SMALL, held=(1, 0))
        small = measure(subject)
        grow(subject, *LARGE, held=SMALL)
        large = measure(subject)
    heads = (f"{SMALL[0]:,} projects", f"{LARGE[0]:,} projects", "ratio", "limit")
    counts = (f"{SMALL[1]:,} events", f"{LARGE[1]:,} events", "", "")
    for row in (heads, counts):
        print(f"{'':28}{row[0]:>18}{row[1]:>18}{row[2]:>8}{row[3]:>8}")
    kept = True
    for name, before in small.items():
        ratio = large[name] / before
        kept = kept and ratio <= MOST
        print(f"{name:28}{before:15.2f} ms{large[name]:15.2f} ms{ratio:8.2f}{MOST:8}")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
