"""Unusual figures of a project: found, explained, told, reviewed."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics import tasks
from buildrunner.server.domains.analytics.models import Anomaly
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Position, Record
from factories import Api, Tenant
from factories.anomalies import make_anomaly, spend

TODAY = date(2026, 11, 20)  # a Friday
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def quiet_month(tenant: Tenant) -> None:
    chance = random.Random(1)
    for ago in range(40, 0, -1):
        day = TODAY - timedelta(days=ago)
        usd = (4 if day.weekday() >= 5 else 20) * chance.uniform(0.9, 1.1)
        spend(tenant, day, usd, model="claude-haiku-4-5")


def found(tenant: Tenant) -> list[analytics.AnomalyView]:
    with tenant_scope(tenant.org_id):
        return analytics.list_anomalies(tenant.org_id, project_id=tenant.project_id)


def checks(tenant: Tenant, at: datetime, outcomes: dict[str, int]) -> None:
    """A report of checks as it was received at a time."""
    data = {"outcomes": outcomes, "microsteps": ["m1.s1.ms1"]}
    with tenant_scope(tenant.org_id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (org_id, project_id, kind, subject, actor, data, created_at)"
            " VALUES (%s, %s, 'evidence.received', 'm1.s1.ms1', %s, %s, %s)",
            [
                tenant.org_id,
                tenant.project_id,
                json.dumps(tenant.actor.record()),
                json.dumps(data),
                at,
            ],
        )


def record_of(event: Event) -> Record:
    return Record(
        position=Position(event.epoch, event.transaction, event.id),
        kind=event.kind,
        org_id=event.org_id,
        project_id=event.project_id,
        subject=event.subject,
        actor=event.actor,
        data=event.data,
        time=event.created_at,
    )


def test_a_spike_is_found_while_the_day_still_runs_and_named(tenant: Tenant) -> None:
    quiet_month(tenant)
    assert analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW) == 0
    spend(tenant, TODAY, 61.0, model="gpt-4o", person_id=tenant.person.id, microstep="m1.s1.ms1")
    assert analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW) == 1
    (one,) = found(tenant)
    assert (one.kind, one.status, one.worst_day) == ("cost_spike", "open", TODAY)
    assert float(one.expected) == pytest.approx(20, rel=0.15)
    causes = {cause.dimension: cause for cause in one.causes}
    assert causes["model"].name == "gpt-4o"
    assert causes["person"].label == tenant.person.name
    assert causes["microstep"].name == "m1.s1.ms1"
    assert "61.00 USD" in one.explanation
    assert "gpt-4o" in one.explanation


def test_looking_again_finds_it_once_and_notes_when_it_gets_worse(tenant: Tenant) -> None:
    quiet_month(tenant)
    spend(tenant, TODAY, 34.0)
    for _ in range(2):
        analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW)
    (first,) = found(tenant)
    spend(tenant, TODAY, 120.0)
    analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW)
    (later,) = found(tenant)
    assert later.id == first.id
    assert later.severity == "critical" != first.severity
    with tenant_scope(tenant.org_id):
        kinds = Event.objects.filter(org_id=tenant.org_id, subject=str(first.id))
        assert list(kinds.order_by("id").values_list("kind", flat=True)) == [
            "anomaly.found",
            "anomaly.worsened",
        ]


def test_the_threshold_is_the_policys(tenant: Tenant) -> None:
    text = "version: 1\nanalytics:\n  cost_spike_threshold: 400\n"
    governance.save_policy(tenant.actor, tenant.project_id, text=text)
    quiet_month(tenant)
    spend(tenant, TODAY, 61.0)
    assert analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW) == 0


def test_people_who_see_the_figures_are_told_once(tenant: Tenant) -> None:
    quiet_month(tenant)
    spend(tenant, TODAY, 61.0, model="gpt-4o")
    analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW)
    with tenant_scope(tenant.org_id):
        event = Event.objects.get(org_id=tenant.org_id, kind="anomaly.found")
    for _ in range(2):
        tasks.tell_of_anomaly(record_of(event))
    with tenant_scope(tenant.org_id):
        notices = [
            one
            for one in notifications.inbox(tenant.actor, limit=10)
            if one.kind == "anomaly.found"
        ]
    assert len(notices) == 1
    assert notices[0].url.endswith(f"/analytics/anomalies/{event.subject}")


def test_a_drop_of_quality_names_the_microstep_that_fails(tenant: Tenant) -> None:
    for ago in range(30, 0, -1):
        outcomes = {"pass": 20, "fail": 20} if ago == 1 else {"pass": 39, "fail": 1}
        checks(tenant, NOW - timedelta(days=ago), outcomes)
    assert analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW) == 1
    (one,) = found(tenant)
    assert one.kind == "quality_drop"
    assert float(one.observed) == 0.5
    assert ("microstep", "m1.s1.ms1") in [(each.dimension, each.name) for each in one.causes]


def finish(tenant: Tenant, number: int, at: datetime, microstep: str) -> None:
    """A revision in which a microstep became done, as it was made at a time."""
    operation = {"op": "set", "id": microstep, "field": "status", "value": "done"}
    with tenant_scope(tenant.org_id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO plans_revision (id, created_at, org_id, project_id, number, base_number,"
            " operations, operations_count, previous_hash, document_hash, author, message,"
            " request_hash, answer) VALUES (%s, %s, %s, %s, %s, %s, %s, 1, '', '', %s, '', '', '')",
            [
                uuid7(),
                at,
                tenant.org_id,
                tenant.project_id,
                number,
                number - 1,
                json.dumps([operation], separators=(",", ":")),
                json.dumps(tenant.actor.record()),
            ],
        )


def test_a_drop_of_velocity_names_who_finished_less(tenant: Tenant) -> None:
    number = 0
    for ago in range(60, 7, -1):
        for one in range(3):
            number += 1
            finish(tenant, number, NOW - timedelta(days=ago), f"m1.s1.ms{number + one}")
    assert analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW) == 1
    (one,) = found(tenant)
    assert (one.kind, float(one.expected)) == ("velocity_drop", pytest.approx(21, abs=1))
    assert float(one.observed) <= 3
    assert one.severity in ("high", "critical")
    causes = {each.dimension: each.label for each in one.causes}
    assert causes == {"person": tenant.person.name, "milestone": "m1"}


def test_a_review_is_made_in_person_and_stays_on_the_record(tenant: Tenant, api: Api) -> None:
    anomaly = make_anomaly(tenant)
    refused = api.post(f"/api/analytics/anomalies/{anomaly}/review", {"status": "acknowledged"})
    assert (refused.status_code, refused.json()["code"]) == (403, "in_person_only")
    seen = analytics.review_anomaly(tenant.actor, anomaly, status="acknowledged")
    assert (seen.status, seen.reviewed_by) == ("acknowledged", tenant.person.name)
    with pytest.raises(Exception, match="Say why"):
        analytics.review_anomaly(tenant.actor, anomaly, status="resolved", reason=" ")
    analytics.review_anomaly(tenant.actor, anomaly, status="resolved", reason="A loop, fixed")
    with pytest.raises(Exception, match="resolved before"):
        analytics.review_anomaly(tenant.actor, anomaly, status="dismissed", reason="no")
    with tenant_scope(tenant.org_id):
        told = Event.objects.filter(subject=str(anomaly), kind="anomaly.reviewed").order_by("id")
        assert [event.data["status"] for event in told] == ["acknowledged", "resolved"]
        assert told[1].data["reason"] == "A loop, fixed"


def test_what_was_dismissed_is_not_opened_again_by_the_same_days(tenant: Tenant) -> None:
    quiet_month(tenant)
    spend(tenant, TODAY, 61.0)
    analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW)
    (one,) = found(tenant)
    analytics.review_anomaly(tenant.actor, one.id, status="dismissed", reason="A load test")
    analytics.watch_figures(tenant.org_id, tenant.project_id, now=NOW)
    assert [each.status for each in found(tenant)] == ["dismissed"]


def test_lists_are_the_projects_and_filtered(tenant: Tenant, api: Api, stranger: Tenant) -> None:
    first = make_anomaly(tenant)
    make_anomaly(tenant, kind="velocity_drop", status="dismissed", reason="holiday")
    make_anomaly(stranger)
    base = f"/api/analytics/anomalies?project_id={tenant.project_id}"
    answer = api.get(base)
    assert [one["kind"] for one in answer.json()["items"]] == ["velocity_drop", "cost_spike"]
    assert [one["id"] for one in api.get(f"{base}&status=open").json()["items"]] == [str(first)]
    assert api.get(f"/api/analytics/anomalies/{first}").json()["expected"] == "20.000000"
    outside = Api(stranger.key)
    assert outside.get(f"/api/analytics/anomalies/{first}").status_code == 404
    assert outside.get(base).status_code == 404
    assert api.get("/api/analytics/anomalies").status_code == 422


def test_open_anomalies_deny_changes_where_the_policy_asks_for_a_review(
    tenant: Tenant, api: Api
) -> None:
    text = "version: 1\nanalytics:\n  require_anomaly_review: true\n"
    governance.save_policy(tenant.actor, tenant.project_id, text=text)
    anomaly = make_anomaly(tenant)
    change = {"project_id": str(tenant.project_id), "change": {"files": []}}
    denied = api.post("/api/governance/check", change).json()
    assert [one["rule"] for one in denied["denials"]] == ["anomaly-open"], denied
    analytics.review_anomaly(tenant.actor, anomaly, status="dismissed", reason="A load test")
    assert api.post("/api/governance/check", change).json()["allowed"] is True


def test_costs_that_belong_to_no_project_are_watched_too(tenant: Tenant) -> None:
    for ago in range(30, 0, -1):
        spend(tenant, TODAY - timedelta(days=ago), 10.0, project_id=None)
    spend(tenant, TODAY, 60.0, project_id=None, provider="vercel")
    assert analytics.watch_figures(tenant.org_id, None, now=NOW) == 1
    with tenant_scope(tenant.org_id):
        assert Anomaly.objects.get(org_id=tenant.org_id).project_id is None
    assert found(tenant) == []


def test_every_project_with_news_gets_a_look(tenant: Tenant) -> None:
    spend(tenant, datetime.now(UTC).date(), 1.0)
    assert analytics.watch_everything() >= 1
