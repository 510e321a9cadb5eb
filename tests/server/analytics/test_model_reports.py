"""The weekly report says how models did; one week goes out once, whoever works."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import UUID

from django.core import mail
from django.db import connections

from buildrunner.server.domains.ai.models import Route
from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.models import ReportMail
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, make_tenant, small_plan
from factories.anomalies import make_report

NOW = datetime(2026, 11, 23, 6, 1, tzinfo=UTC)  # a Monday
LAST_WEEK, WEEK_BEFORE = date(2026, 11, 18), date(2026, 11, 11)


def did(tenant: Tenant, day: date, model: str, calls: int, *, failed: int = 0, cost: str | None = "0.01",
        task: str = "explain") -> None:  # fmt: skip
    with tenant_scope(tenant.org_id):
        Route.objects.bulk_create(
            Route(
                org_id=tenant.org_id,
                project_id=tenant.project_id,
                task_type=task,
                model=model,
                reason="the highest score",
                actor={},
                success=number >= failed,
                quality=Decimal("8"),
                latency_ms=1000,
                tokens=100,
                cost=None if cost is None else Decimal(cost),
                reported_at=datetime.combine(day, time(12), UTC),
            )
            for number in range(calls)
        )


def due(tenant: Tenant, frequency: str = "weekly") -> UUID:
    return make_report(tenant, frequency=frequency, next_at=NOW - timedelta(minutes=1))


def test_the_week_of_models_is_told(tenant: Tenant) -> None:
    did(tenant, LAST_WEEK, "dear", 12, cost="0.10")
    did(tenant, LAST_WEEK, "cheap", 10, cost="0.05")
    did(tenant, WEEK_BEFORE, "dear", 10, cost="0.08", failed=1)
    did(tenant, LAST_WEEK, "free", 2, cost=None, task="qa")
    assert analytics.send_report(tenant.org_id, due(tenant), now=NOW) == 1
    (one,) = mail.outbox
    text, page = str(one.body), str(one.alternatives[0][0])  # type: ignore[attr-defined]
    assert "explain | dear | A | 12 | 100 % | 8.0 | 0.1000 | success +10 points, cost +25 %" in text
    assert "qa | free | A | 2 | 100 % | 8.0 | unknown | not asked before" in text
    assert "cheap costs 50 % less than dear" in text
    address = f"/projects/{tenant.project_id}/models?period=7d"
    assert address in text
    assert address in page


def test_a_week_without_models_says_so_and_a_day_says_nothing(tenant: Tenant) -> None:
    analytics.send_report(tenant.org_id, due(tenant), now=NOW)
    analytics.send_report(tenant.org_id, due(tenant, "daily"), now=NOW)
    weekly, daily = (str(one.body) for one in mail.outbox)
    assert "No model was asked." in weekly
    assert "No model was asked." not in daily


def test_two_workers_send_a_week_once(commits: None) -> None:
    tenant = make_tenant(plan=small_plan())
    did(tenant, LAST_WEEK, "m-1", 2)
    schedule, both = due(tenant), Barrier(2)

    def work(_: int) -> int:
        both.wait(20)
        try:
            return analytics.send_report(tenant.org_id, schedule, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(work, range(2))) == [0, 1]
    with tenant_scope(tenant.org_id):
        assert ReportMail.objects.filter(schedule_id=schedule).count() == 1
