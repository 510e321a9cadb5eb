"""Figures that were unusual."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any
from uuid import UUID

from buildrunner.server.domains.analytics.models import (
    Anomaly,
    EvidenceMark,
    EvidenceSum,
    ReportMail,
    ReportSchedule,
    Source,
)
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.db.scope import tenant_scope
from factories.tenants import Tenant
from factories.usage import make_usage


def make_anomaly(tenant: Tenant, **members: Any) -> UUID:
    """An open cost spike of the project, written as it is kept."""
    with tenant_scope(tenant.org_id):
        latest = Anomaly.objects.filter(org_id=tenant.org_id).order_by("-first_day").first()
        day = latest.first_day + timedelta(days=9) if latest else date(2026, 11, 10)
        given: dict[str, Any] = {
            "project_id": tenant.project_id,
            "kind": "cost_spike",
            "first_day": day,
            "last_day": day,
            "worst_day": day,
            "observed": Decimal("56"),
            "expected": Decimal("20"),
            "low": Decimal("12"),
            "high": Decimal("28"),
            "percent": 180.0,
            "score": 9.0,
            "threshold": 50.0,
            "severity": "high",
            "causes": [
                {
                    "dimension": "model",
                    "name": "gpt-4o",
                    "observed": 50.0,
                    "expected": 15.0,
                    "share": 0.97,
                }
            ],
            **members,
        }
        return Anomaly.objects.create(org_id=tenant.org_id, **given).id


def spend(tenant: Tenant, day: date, usd: float, **members: Any) -> None:
    """What a day cost, as its provider charged it."""
    usage = make_usage(
        tenant,
        time=datetime(day.year, day.month, day.day, tzinfo=UTC),  # never ahead of the clock
        type="integrations",
        quantity=Decimal(1),
        tokens=None,
        charged=Decimal(str(usd)),
        **members,
    )
    (outcome,) = metering.record_usage(tenant.actor, tenant.org_id, [usage])
    assert outcome.status == "accepted", outcome


def make_source(tenant: Tenant, **members: Any) -> UUID:
    """A source of one's own, written as it is kept."""
    given: dict[str, Any] = {
        "kind": "custom",
        "name": f"source-{token_hex(4)}",
        "base_url": "https://usage.example.test/events",
        **members,
    }
    with tenant_scope(tenant.org_id):
        return Source.objects.create(org_id=tenant.org_id, **given).id


def make_report(tenant: Tenant, **members: Any) -> UUID:
    """A daily report to the tenant's person, written as it is kept."""
    given: dict[str, Any] = {
        "project_id": tenant.project_id,
        "frequency": "daily",
        "recipients": [str(tenant.person.id)],
        "next_at": datetime(2030, 1, 1, 6, tzinfo=UTC),
        "created_by": tenant.actor.record(),
        "person_id": tenant.person.id,
        **members,
    }
    with tenant_scope(tenant.org_id):
        return ReportSchedule.objects.create(org_id=tenant.org_id, **given).id


def make_watching_rows(tenant: Tenant) -> None:
    """A row in every table of anomalies, sources and reports."""
    make_anomaly(tenant)
    make_source(tenant)
    report = make_report(tenant)
    with tenant_scope(tenant.org_id):
        ReportMail.objects.create(
            org_id=tenant.org_id,
            schedule_id=report,
            period="2026-11-19",
            person_id=tenant.person.id,
        )
        own = {"org_id": tenant.org_id, "project_id": tenant.project_id}
        EvidenceMark.objects.get_or_create(
            **own, defaults={"epoch": 0, "transaction": 0, "event_id": 0}
        )
        EvidenceSum.objects.create(
            **own,
            day=date(2026, 11, 19),
            key=token_hex(8).encode(),
            actor=tenant.actor.record(),
            microsteps=["m1.s1.ms1"],
            passed=1,
            total=1,
        )
