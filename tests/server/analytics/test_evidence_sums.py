"""Evidence summed up by day is what its events say, whenever it is counted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.analytics.actions.sum_evidence import sum_evidence
from buildrunner.server.domains.analytics.models import EvidenceMark, EvidenceSum
from buildrunner.server.domains.analytics.queries.evidence import evidence
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.db.scope import SETTING, tenant_scope
from factories import Tenant, make_tenant

FIRST = date(2026, 11, 1)
INSERT = (
    "INSERT INTO events_event (org_id, project_id, kind, subject, actor, data, created_at)"
    " VALUES (%s, %s, 'evidence.received', '', %s, %s, %s)"
)
ACTORS: list[dict[str, Any]] = [
    {"kind": "person", "id": "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77", "name": "Ada"},
    {"kind": "key", "id": "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77", "name": "CI", "label": "ci"},
    {"kind": "system", "name": "buildrunner"},
]
OUTCOMES = st.dictionaries(
    st.sampled_from(["pass", "passed", "fail", "failed", "error", "skipped"]),
    st.integers(0, 9),
    max_size=4,
)
EVENT = st.tuples(
    st.integers(0, 9),
    st.integers(0, 2),
    OUTCOMES,
    st.lists(st.sampled_from(["m1.s1.ms1", "m1.s1.ms2", "m2.s1.ms1"]), unique=True, max_size=2),
)
# True: the sums are brought up to date in between.
STORY = st.lists(st.one_of(EVENT, st.just(True)), max_size=25)
Told = tuple[int, int, dict[str, int], list[str]]


def row(tenant: Tenant, told: Told) -> list[Any]:
    day, actor, outcomes, microsteps = told
    return [
        tenant.org_id,
        tenant.project_id,
        json.dumps(ACTORS[actor]),
        json.dumps({"outcomes": outcomes, "microsteps": microsteps}),
        datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC) + timedelta(days=day),
    ]


def receive(tenant: Tenant, told: Told) -> None:
    with tenant_scope(tenant.org_id), connection.cursor() as cursor:
        cursor.execute(INSERT, row(tenant, told))


def counted(tenant: Tenant, days: tuple[int, int] = (0, 10)) -> Counter[Any]:
    """What the door tells, summed over whatever it was told apart by."""
    since, until = (FIRST + timedelta(days=one) for one in days)
    found: Counter[Any] = Counter()
    with tenant_scope(tenant.org_id):
        for one in evidence(tenant.org_id, tenant.project_id, since, until):
            who = (one.actor.get("id") or one.actor.get("name"), one.actor.get("label"))
            place = (one.day, who, tuple(one.microsteps))
            found[place, "passed"] += one.passed
            found[place, "total"] += one.total
    return +found


def expected(story: list[Told], days: tuple[int, int] = (0, 10)) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for day, actor, outcomes, microsteps in story:
        if days[0] <= day < days[1]:
            said = ACTORS[actor]
            who = (said.get("id") or said["name"], said.get("label"))
            place = (FIRST + timedelta(days=day), who, tuple(microsteps))
            passed = outcomes.get("pass", 0) + outcomes.get("passed", 0)
            lost = sum(outcomes.get(name, 0) for name in ("fail", "failed", "error"))
            found[place, "passed"] += passed
            found[place, "total"] += passed + lost
    return +found


@pytest.mark.usefixtures("commits")
@settings(max_examples=25)
@given(story=STORY, most=st.integers(1, 4), days=st.tuples(st.integers(0, 5), st.integers(4, 10)))
def test_the_sums_and_what_is_not_summed_yet_are_the_events(
    story: list[Any], most: int, days: tuple[int, int]
) -> None:
    tenant = make_tenant()
    for one in story:
        if one is True:
            sum_evidence(tenant.org_id, tenant.project_id, most=most)
        else:
            receive(tenant, one)
    told = [one for one in story if one is not True]
    assert counted(tenant) == expected(told)
    sum_evidence(tenant.org_id, tenant.project_id, most=most)
    assert counted(tenant, days) == expected(told, days)
    with tenant_scope(tenant.org_id):
        sums = EvidenceSum.objects.filter(org_id=tenant.org_id)
        assert sum(sums.values_list("total", flat=True)) == sum(
            number for (_, name), number in expected(told).items() if name == "total"
        )


@pytest.mark.usefixtures("commits")
def test_what_commits_late_is_not_passed_over(databases: Databases) -> None:
    tenant = make_tenant()
    early: Told = (1, 0, {"pass": 1}, ["m1.s1.ms1"])
    late: Told = (1, 0, {"pass": 10, "fail": 5}, ["m1.s1.ms1"])
    with psycopg.connect(databases.web) as slow:
        slow.execute("SELECT set_config(%s, %s, true)", [SETTING, str(tenant.org_id)])
        slow.execute(INSERT, row(tenant, early))
        receive(tenant, late)
        sum_evidence(tenant.org_id, tenant.project_id)
        assert counted(tenant) == expected([late])
        slow.commit()
    assert counted(tenant) == expected([early, late])
    sum_evidence(tenant.org_id, tenant.project_id)
    assert counted(tenant) == expected([early, late])


@pytest.mark.usefixtures("commits")
def test_the_sums_move_with_their_mark() -> None:
    tenant = make_tenant()
    told: Told = (1, 0, {"pass": 3, "fail": 1}, ["m1.s1.ms1"])
    receive(tenant, told)
    with transaction.atomic():
        assert sum_evidence(tenant.org_id, tenant.project_id) == 1
        transaction.set_rollback(True)  # what a crash leaves
    with tenant_scope(tenant.org_id):
        assert not EvidenceMark.objects.filter(org_id=tenant.org_id).exists()
    assert counted(tenant) == expected([told])
    assert [sum_evidence(tenant.org_id, tenant.project_id) for _ in range(2)] == [1, 0]
    assert counted(tenant) == expected([told])


@pytest.mark.usefixtures("commits")
def test_names_of_people_are_not_copied() -> None:
    tenant = make_tenant()
    receive(tenant, (1, 0, {"pass": 1}, []))
    sum_evidence(tenant.org_id, tenant.project_id)
    with tenant_scope(tenant.org_id):
        (kept,) = EvidenceSum.objects.filter(org_id=tenant.org_id)
    assert kept.actor == {"kind": "person", "id": ACTORS[0]["id"]}
