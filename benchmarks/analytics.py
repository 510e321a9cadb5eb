"""The dashboard over 10 million usage events and 1 million runner events: `script/bench analytics`.

A PostgreSQL of its own (fsync on), the page and `GET /api/analytics/measures` through Django's
handler in this process, which has shown a page before. Usage is written as rows of `metering_usage` with its rollups by one
statement each, as `record_usage` would leave them; runner events are `evidence.received` events of
90 days, summed up by the room's own action, with the newest 1,000 not summed up yet. Two shapes:
everything in one project, and spread over ten. The limit is 1 s for the page of 28 days.

`script/bench analytics 1000000 100000` takes other numbers.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

USAGE = 10_000_000
EVENTS = 1_000_000
PROJECTS = 10
DAYS = 90
PART = 500_000
UNSUMMED = 1_000
ROUNDS = 7
LIMIT = 1.0  # seconds

_RAW = """
INSERT INTO metering_usage (org_id, project_id, time, occurred_at, source, event_id, type, quantity,
    unit, provider, model, input, output, cost, milestone, step, microstep, person_id)
SELECT %(org)s, (%(projects)s::uuid[])[1 + n %% cardinality(%(projects)s::uuid[])], t, t, 'bench',
    n::text, 'tokens', 1000, 'tokens',
    (ARRAY['openai', 'openai', 'anthropic', 'google', 'mistral'])[1 + n %% 5],
    (ARRAY['gpt-4o', 'gpt-4o-mini', 'claude', 'gemini', 'large'])[1 + n %% 5],
    900, 100, ((n %% 97) + 1) * 0.0001, 'm1', 'm1.s1', 'm1.s1.ms' || (1 + (n / 5) %% 100),
    %(person)s
FROM (SELECT n, now() - (n::bigint * 7919 %% (86400 * %(days)s)) * interval '1 second' AS t
        FROM generate_series(%(first)s::int, %(last)s::int) n) made
"""
_ROLLUP = """
INSERT INTO metering_rollup (org_id, grain, bucket, key, project_id, milestone, step, microstep,
    person_id, type, provider, model, currency, events, quantity, input, cache_read, cache_write,
    output, reasoning, cost, unpriced)
SELECT org_id, %(grain)s, date_trunc(%(grain)s, time AT TIME ZONE 'UTC') AT TIME ZONE 'UTC',
    md5(concat_ws('|', project_id, microstep, provider, model))::uuid, project_id, milestone, step,
    microstep, person_id, type, provider, model, 'USD', count(*), sum(quantity), sum(input), 0, 0,
    sum(output), 0, sum(cost), 0
FROM metering_usage WHERE org_id = %(org)s GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""
_EVIDENCE = """
INSERT INTO events_event (created_at, org_id, project_id, kind, subject, actor, data)
SELECT now() - (n::bigint * 7919 %% (86400 * %(days)s)) * interval '1 second', %(org)s,
    (%(projects)s::uuid[])[1 + n %% cardinality(%(projects)s::uuid[])], 'evidence.received', '',
    jsonb_build_object('kind', 'key', 'id', %(person)s::text, 'name', 'ci', 'label', 'CI'),
    jsonb_build_object('records', 3, 'outcomes', jsonb_build_object('pass', 2, 'fail', 1),
        'microsteps', jsonb_build_array('m1.s1.ms' || (1 + n %% 100)), 'run', 'r' || n)
FROM generate_series(%(first)s::int, %(last)s::int) n
"""


def main() -> int:
    """0 if the limit is kept in both shapes."""
    usage, events = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (USAGE, EVENTS)
    from server_sync import database

    os.environ |= dict.fromkeys(("BR_RATE_LIMIT", "BR_RATE_LIMIT_ORG"), str(10**9))
    print(f"{usage:,} usage events and {events:,} runner events of {DAYS} days; limit {LIMIT} s")
    with database():
        kept = [_shape(projects, usage, events) for projects in (1, PROJECTS)]
    return 0 if all(kept) else 1


def _shape(projects: int, usage: int, events: int) -> bool:
    import psycopg
    from django.test import Client

    from buildrunner.server.domains.analytics.actions.sum_evidence import sum_evidence
    from factories import Api, make_tenant
    from factories.evidence import checked_plan

    tenant = make_tenant(name="bench", plan=checked_plan(100))
    owner = os.environ["DATABASE_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        places = [tenant.project_id, *_projects(connection, tenant.org_id, projects - 1)]
        given = {"org": tenant.org_id, "person": tenant.person.id, "days": DAYS}
        given["projects"] = places
        start = time.perf_counter()
        connection.execute("SELECT metering_keep_partitions(4, 1)")
        connection.execute("SET work_mem = '512MB'")
        _parts(connection, _RAW, given, 1, usage)
        for grain in ("hour", "day"):
            connection.execute(_ROLLUP, {**given, "grain": grain})
        _parts(connection, _EVIDENCE, given, 1, events - UNSUMMED)
        connection.execute("VACUUM ANALYZE metering_rollup, events_event")
        loaded = time.perf_counter() - start
        start = time.perf_counter()
        for place in places:
            sum_evidence(tenant.org_id, place)
        summed = time.perf_counter() - start
        _parts(connection, _EVIDENCE, given, events - UNSUMMED + 1, events)
        connection.execute("VACUUM ANALYZE analytics_evidence_sum")
    print(f"\n{projects} project(s): written in {loaded:.0f} s, summed up in {summed:.0f} s")
    print("  days     page: first   median      max     API: median   whole answer")
    client = Client()
    client.force_login(tenant.person)
    api = Api(tenant.key)
    today = datetime.now(UTC).date()
    # What a process loads with its first page is no part of the figures.
    client.get(f"/projects/{tenant.project_id}/analytics?from={today}&to={today}")
    kept = True
    for days in (7, 28, 90):
        asked = f"from={today - timedelta(days=days - 1)}&to={today}"
        address = f"/api/analytics/measures?project_id={tenant.project_id}&{asked}"
        page = _clock(lambda: client.get(f"/projects/{tenant.project_id}/analytics?{asked}"))  # noqa: B023
        answer = _clock(lambda: api.get(address))  # noqa: B023
        told = _checks(json.loads(api.get(address).content))
        middle = statistics.median(page)
        kept &= days != 28 or max(page) <= LIMIT
        print(
            f"  {days:4}     {page[0]:8.2f} s {middle:7.2f} s {max(page):6.2f} s"
            f"      {statistics.median(answer):6.2f} s      {told} checks"
        )
    return kept


def _projects(connection: Any, org_id: UUID, count: int) -> list[UUID]:
    rows = connection.execute(
        "INSERT INTO tenancy_project (id, created_at, org_id, title, head_revision, updated_at)"
        " SELECT gen_random_uuid(), now(), %s, 'P' || n, 0, now()"
        " FROM generate_series(1, %s::int) n RETURNING id",
        [org_id, count],
    ).fetchall()
    return [row[0] for row in rows]


def _parts(connection: Any, statement: str, given: dict[str, Any], first: int, last: int) -> None:
    for start in range(first, last + 1, PART):
        part = {**given, "first": start, "last": min(start + PART - 1, last)}
        connection.execute(statement, part)


def _clock(call: Any) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = call()
        took.append(time.perf_counter() - start)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:300]!r}")
    return took


def _checks(answer: dict[str, Any]) -> str:
    figures = [one for section in answer["sections"] for one in section["figures"]]
    return next(one["value"] for one in figures if one["name"] == "checks")


if __name__ == "__main__":
    raise SystemExit(main())
