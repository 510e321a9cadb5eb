"""The pages of anomalies, sources and reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.models import Anomaly, ReportSchedule, Source
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant
from factories.anomalies import make_anomaly, make_source, spend


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    client = Client()
    client.force_login(tenant.person)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_what_was_unusual_is_explained_and_reviewed(tenant: Tenant, browser: Client) -> None:
    for ago in range(40):
        spend(tenant, datetime.now(UTC).date() - timedelta(days=ago), 60.0 if not ago else 10.0)
    assert analytics.watch_figures(tenant.org_id, tenant.project_id) == 1
    with tenant_scope(tenant.org_id):
        found = Anomaly.objects.get(org_id=tenant.org_id)
    base = f"/projects/{tenant.project_id}/analytics/anomalies"
    assert "Cost spike" in text(browser, base)
    page = text(browser, f"{base}/{found.id}")
    assert "60.00 USD" in page
    assert "anomaly-history" in page
    for data, said in (
        ({"status": "resolved", "reason": ""}, "Say why"),
        ({"status": "resolved", "reason": "A loop"}, "The anomaly is resolved"),
    ):
        answer = browser.post(f"{base}/{found.id}/review", data, follow=True)
        assert said in answer.content.decode()
    assert "Nothing unusual" in text(browser, f"{base}?status=open")
    assert "A loop" in text(browser, f"{base}?status=resolved")


def test_a_source_is_added_switched_off_and_removed(tenant: Tenant, browser: Client) -> None:
    base = f"/orgs/{tenant.org_id}/analytics/sources"
    assert "None yet" in text(browser, base)
    form = {
        "kind": "github",
        "name": "Actions",
        "api_key": "github_pat_secret1234",
        "account": "acme",
        "base_url": "",
    }
    said = browser.post(f"{base}/new", form, follow=True).content.decode()
    assert "Actions is added" in said
    assert "secret1234" not in said
    assert "key …1234" in said
    with tenant_scope(tenant.org_id):
        row = Source.objects.get(org_id=tenant.org_id)
    assert row.settings == {"organization": "acme"}
    assert row.project_id is None
    for act, words in (
        ("collect", "is read now"),
        ("off", "switched off"),
        ("remove", "What was counted stays"),
    ):
        answer = browser.post(f"{base}/{row.id}", {"act": act}, follow=True)
        assert words in answer.content.decode()
    refused = browser.post(f"{base}/new", {**form, "api_key": ""}, follow=True)
    assert "A key is needed" in refused.content.decode()


def test_a_failing_source_says_why_and_when_it_is_tried_next(
    tenant: Tenant, browser: Client
) -> None:
    make_source(
        tenant,
        failures=2,
        last_error="It answered 500 to the request.",
        retry_at=datetime(2026, 11, 23, 14, 30, tzinfo=UTC),
    )
    page = text(browser, f"/orgs/{tenant.org_id}/analytics/sources")
    assert "It answered 500" in page
    assert "next try 14:30 UTC" in page


def test_a_report_is_scheduled_paused_and_ended(tenant: Tenant, browser: Client) -> None:
    base = f"/projects/{tenant.project_id}/analytics/reports"
    for frequency in ("daily", "weekly", "monthly"):
        assert "Microsteps finished" in text(browser, f"{base}?show={frequency}")
    form = {"frequency": "weekly", "hour": "7", "recipients": tenant.person.email}
    said = browser.post(f"{base}/new", form, follow=True).content.decode()
    assert "The weekly report goes out on Monday" in said
    with tenant_scope(tenant.org_id):
        row = ReportSchedule.objects.get(org_id=tenant.org_id)
    for act, words in (("pause", "is paused"), ("resume", "goes on"), ("remove", "is ended")):
        answer = browser.post(f"{base}/{row.id}", {"act": act}, follow=True)
        assert words in answer.content.decode()
    refused = browser.post(f"{base}/new", {**form, "recipients": "no@body.test"}, follow=True)
    assert "is nobody who sees the figures" in refused.content.decode()


def test_an_anomaly_stands_only_under_its_own_project(
    tenant: Tenant, browser: Client, stranger: Tenant
) -> None:
    own = make_anomaly(tenant, project_id=None)
    other = make_anomaly(stranger)
    home = f"/projects/{tenant.project_id}/analytics/anomalies"
    assert browser.get(f"{home}/{own}").status_code == 404
    assert browser.get(f"{home}/{other}").status_code == 404
    assert "Cost spike" in text(browser, f"/orgs/{tenant.org_id}/analytics/anomalies/{own}")
