"""Quotas: counted across processes, told in `RateLimit`, refused with 429."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from buildrunner.server.platform.http import quotas, rate_limits
from buildrunner.server.platform.http.quotas import Counter, Policy
from factories import Api, Tenant, add_person, make_key, make_tenant

POLICY = Policy("caller", 100)


@pytest.fixture(autouse=True)
def own_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's counts, empty, in a minute that does not end."""
    counter = Counter(clock=lambda: 60_000_000.0)
    monkeypatch.setattr(rate_limits, "counter", counter)
    monkeypatch.setattr(quotas, "counter", counter)


def refused(answer: object) -> str:
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert int(answer["Retry-After"]) == 60  # type: ignore[index]
    body = answer.json()  # type: ignore[attr-defined]
    assert body["code"] == "rate_limited"
    assert body["retry_after"] == 60
    return str(body["policy"])


def test_where_one_stands_is_told(api: Api) -> None:
    with override_settings(BR_RATE_LIMIT=1000, BR_RATE_LIMIT_ORG=2000):
        for number in range(1, 4):
            answer = api.get("/api/me")
            assert answer["RateLimit-Policy"] == '"caller";q=1000;w=60'
            assert answer["RateLimit"] == f'"caller";r={1000 - number};t=60'


def test_a_callers_quota(api: Api, tenant: Tenant) -> None:
    other = Api(make_key(tenant.person)[1])
    with override_settings(BR_RATE_LIMIT=5):
        assert [api.get("/api/me").status_code for _ in range(5)] == [200] * 5
        assert refused(api.get("/api/me")) == "caller"
        assert refused(api.post("/api/projects", {"title": "x"})) == "caller"
        assert other.get("/api/me").status_code == 200
    with override_settings(BR_RATE_LIMIT=0):
        answer = api.get("/api/me")
        assert answer.status_code == 200
        assert "RateLimit" not in answer


def test_an_organizations_quota_is_used_up_by_its_people_only(
    tenant: Tenant, stranger: Tenant
) -> None:
    path = f"/api/projects/{tenant.project_id}"
    colleague = Api(make_key(add_person(tenant, project_role="viewer"))[1])
    with override_settings(BR_RATE_LIMIT_ORG=4):
        for _ in range(8):
            assert Api(stranger.key).get(path).status_code == 404
        answers = [Api(tenant.key).get(path) for _ in range(3)] + [colleague.get(path)]
        assert [one.status_code for one in answers] == [200] * 4
        assert re.search(r'"organization";r=\d+;t=60', answers[0]["RateLimit"])
        # The counting is done after the request, so one more comes to know that nothing is left.
        assert colleague.get(path).status_code == 200
        assert refused(colleague.get(path)) == "organization"
        assert Api(tenant.key).get("/api/me").status_code == 200
        assert Api(stranger.key).get(f"/api/projects/{stranger.project_id}").status_code == 200


def test_nobody_is_counted_by_address(anonymous: Api) -> None:
    with override_settings(BR_RATE_LIMIT_ADDRESS=3):
        assert [anonymous.get("/api/me").status_code for _ in range(3)] == [401] * 3
        assert refused(anonymous.get("/api/me")) == "address"
        assert refused(Api("br_wrong").get("/api/me")) == "address"
        assert anonymous.get("/sign-in").status_code == 200
        elsewhere = anonymous.client.get("/api/me", REMOTE_ADDR="192.0.2.7")
        assert elsewhere.status_code == 401


def test_a_refusal_costs_no_idempotency_key(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(BR_RATE_LIMIT=1):
        api.get("/api/me")
        refused(api.post("/api/projects", {"title": "x"}, Idempotency_Key="k"))
    monkeypatch.setattr(rate_limits, "counter", Counter())
    assert api.post("/api/projects", {"title": "x"}, Idempotency_Key="k").status_code == 201


def test_usual_requests_write_nothing(api: Api) -> None:
    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            api.get("/api/me")
    assert not [one for one in queries if "requestcount" in one["sql"]]


def test_processes_count_together(db: None) -> None:
    """Three processes over one table: each may pass by its own twentieth."""
    processes = [Counter(clock=lambda: 60_000_000.0) for _ in range(3)]
    admitted = 0
    for turn in range(900):
        admitted += processes[turn % 3].take(POLICY, "somebody").admitted
    assert 100 <= admitted <= 110
    assert not processes[0].take(POLICY, "somebody").admitted
    assert processes[0].take(POLICY, "else").admitted


def test_one_process_is_exact(db: None) -> None:
    counter = Counter(clock=lambda: 60_000_000.0)
    standings = [counter.take(POLICY, "one") for _ in range(130)]
    assert sum(one.admitted for one in standings) == 100
    assert [one.remaining for one in standings[:100]] == list(range(99, -1, -1))
    with CaptureQueriesContext(connection) as queries:
        counter.take(POLICY, "one")
    assert len(queries) == 0, "a refusal asks nobody"


def test_the_next_minute_begins_anew(db: None) -> None:
    now = [60_000_000.0]
    counter = Counter(clock=lambda: now[0])
    while counter.take(POLICY, "x").admitted:
        pass
    now[0] += 59.5
    standing = counter.take(POLICY, "x")
    assert not standing.admitted
    assert standing.reset == 1
    now[0] += 0.5
    assert counter.take(POLICY, "x").admitted


def test_threads_do_not_pass_far(commits: None) -> None:
    tenant = make_tenant()
    counter = Counter(clock=lambda: 60_000_060.0)

    def take(_: int) -> bool:
        return counter.take(POLICY, str(tenant.org_id)).admitted

    with ThreadPoolExecutor(4) as pool:
        admitted = sum(pool.map(take, range(400)))
        list(pool.map(lambda _: connection.close(), range(16)))
    assert admitted == 100


def test_old_windows_are_forgotten(db: None) -> None:
    counter = Counter(clock=lambda: 60_000.0)
    for _ in range(30):
        counter.take(POLICY, "old")
    with connection.cursor() as cursor:
        cursor.execute('SELECT count(*) FROM http_requestcount WHERE "window" = 1000')
        assert cursor.fetchone() == (1,)
        quotas.purge_counts()
        cursor.execute('SELECT count(*) FROM http_requestcount WHERE "window" = 1000')
        assert cursor.fetchone() == (0,)


def test_the_table_is_not_logged_and_holds_no_address(anonymous: Api) -> None:
    with override_settings(BR_RATE_LIMIT_ADDRESS=2):
        for _ in range(3):
            anonymous.get("/api/me")
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'http_requestcount'")
        assert cursor.fetchone() == ("u",)
        cursor.execute("SELECT c::text FROM http_requestcount c")
        assert "127.0.0.1" not in str(cursor.fetchall())
