"""Reports on schedule: what they say, that they go out once, and that failures are tried again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.actions import send_reports
from buildrunner.server.domains.analytics.models import ReportMail, ReportSchedule
from buildrunner.server.domains.analytics.rules.periods import following, period
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant
from factories.anomalies import make_anomaly, make_report, spend

NOW = datetime(2026, 11, 23, 6, 1, tzinfo=UTC)  # a Monday
YESTERDAY = date(2026, 11, 22)


def due(tenant: Tenant, frequency: str = "daily") -> UUID:
    return make_report(tenant, frequency=frequency, next_at=NOW - timedelta(minutes=1))


def send(tenant: Tenant, schedule: UUID, now: datetime = NOW) -> int:
    return analytics.send_report(tenant.org_id, schedule, now=now)


def schedule_row(tenant: Tenant, schedule: UUID) -> ReportSchedule:
    with tenant_scope(tenant.org_id):
        return ReportSchedule.objects.get(id=schedule)


@pytest.mark.parametrize(
    ("frequency", "name", "since", "until", "again"),
    [
        (
            "daily",
            "2026-11-22",
            date(2026, 11, 22),
            date(2026, 11, 23),
            datetime(2026, 11, 24, 6, tzinfo=UTC),
        ),
        (
            "weekly",
            "2026-W47",
            date(2026, 11, 16),
            date(2026, 11, 23),
            datetime(2026, 11, 30, 6, tzinfo=UTC),
        ),
        (
            "monthly",
            "2026-10",
            date(2026, 10, 1),
            date(2026, 11, 1),
            datetime(2026, 12, 1, 6, tzinfo=UTC),
        ),
    ],
)
def test_each_is_about_the_last_whole_period(
    frequency: str, name: str, since: date, until: date, again: datetime
) -> None:
    found = period(frequency, NOW)
    assert (found.name, found.since, found.until) == (name, since, until)
    assert following(frequency, 6, NOW) == again


def test_a_mail_has_text_html_charts_and_a_pdf(tenant: Tenant) -> None:
    spend(tenant, YESTERDAY, 12.5, model="gpt-4o")
    make_anomaly(tenant, first_day=YESTERDAY, last_day=YESTERDAY, worst_day=YESTERDAY)
    schedule = due(tenant)
    assert send(tenant, schedule) == 1
    (one,) = mail.outbox
    assert one.to == [tenant.person.email]
    assert "Cost: 12.50 USD" in str(one.body)
    page = str(one.alternatives[0][0])  # type: ignore[attr-defined]
    assert "12.50 USD" in page
    assert "Cost spike" in page
    assert "http://" not in page.replace("http://localhost", "").replace("http://testserver", "")
    images = [part for part in one.attachments if not isinstance(part, tuple)]
    kinds = {part.get_content_type(): part for part in images}  # type: ignore[union-attr]
    assert kinds["image/png"].get_payload(decode=True).startswith(b"\x89PNG")  # type: ignore[union-attr]
    name, document, media = next(part for part in one.attachments if isinstance(part, tuple))
    assert (name, media) == ("daily-2026-11-22.pdf", "application/pdf")
    assert bytes(document).startswith(b"%PDF")  # type: ignore[arg-type]
    assert schedule_row(tenant, schedule).next_at == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_the_figures_are_those_of_the_pages(tenant: Tenant, api: Api) -> None:
    for ago, usd in ((1, 12.345678), (2, 7.0), (8, 100.0)):
        spend(tenant, NOW.date() - timedelta(days=ago), usd, model="gpt-4o")
    about = period("weekly", NOW)
    with tenant_scope(tenant.org_id):
        cost = analytics.cost_of(tenant.org_id, tenant.project_id, about.since, about.until)
    said = api.get(
        f"/api/usage/summary?project_id={tenant.project_id}&group_by=model"
        f"&from={about.since}T00:00:00Z&until={about.until}T00:00:00Z"
    ).json()["items"]
    assert sum(float(one["cost"]) for one in said) == pytest.approx(float(cost), abs=1e-6)
    schedule = due(tenant, "weekly")
    send(tenant, schedule)
    body = str(mail.outbox[0].body)
    assert f"Cost: {cost:,.2f} USD" in body
    assert "before: 100.00 USD" in body
    assert "Insights" in str(mail.outbox[0].alternatives[0][0])  # type: ignore[attr-defined]


def test_a_monthly_report_tells_health_and_budgets(tenant: Tenant) -> None:
    from factories.budgets import budget_row

    budget_row(tenant, "250", name="Models")
    spend(tenant, date(2026, 10, 12), 50.0, model="gpt-4o")
    send(tenant, due(tenant, "monthly"))
    body = str(mail.outbox[0].body)
    assert "Health is good" in body
    assert "Models | 250.00" in body


def test_a_period_is_sent_once(tenant: Tenant) -> None:
    schedule = due(tenant)
    assert send(tenant, schedule) == 1
    with tenant_scope(tenant.org_id):
        ReportSchedule.objects.filter(id=schedule).update(next_at=NOW)
    assert send(tenant, schedule) == 0
    assert len(mail.outbox) == 1


def test_who_dies_between_sending_and_recording_sends_nothing_twice(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = due(tenant)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(send_reports, "_note", die)
        with pytest.raises(KeyboardInterrupt):
            send(tenant, schedule)
    assert len(mail.outbox) == 1
    assert schedule_row(tenant, schedule).next_at < NOW  # it is still owed
    assert send(tenant, schedule) == 0
    assert len(mail.outbox) == 1
    assert schedule_row(tenant, schedule).next_at > NOW
    assert "may not have gone out" in schedule_row(tenant, schedule).last_error
    with tenant_scope(tenant.org_id):
        assert ReportMail.objects.get(schedule_id=schedule).state == "sending"


class Refusing(EmailBackend):
    """A mail server that is away for a while."""

    away: ClassVar[int] = 0

    def send_messages(self, messages: Any) -> int:
        if Refusing.away:
            Refusing.away -= 1
            raise SMTPServerDisconnected("Connection unexpectedly closed")
        return super().send_messages(messages)


def test_what_the_mail_server_refuses_is_tried_again(tenant: Tenant, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.away = 1
    schedule = due(tenant)
    assert send(tenant, schedule) == 0
    row = schedule_row(tenant, schedule)
    assert row.failures == 1
    assert "unexpectedly closed" in row.last_error
    assert row.retry_at is not None
    assert send(tenant, schedule) == 0  # not before its time
    assert send(tenant, schedule, row.retry_at) == 1
    assert schedule_row(tenant, schedule).failures == 0
    assert len(mail.outbox) == 1


def test_who_lost_the_right_to_see_figures_gets_none(tenant: Tenant, stranger: Tenant) -> None:
    schedule = make_report(
        tenant, next_at=NOW - timedelta(minutes=1), recipients=[str(stranger.person.id)]
    )
    assert send(tenant, schedule) == 0
    assert mail.outbox == []


def test_by_api_reports_are_scheduled_paused_and_ended(
    tenant: Tenant, api: Api, stranger: Tenant
) -> None:
    body = {"project_id": str(tenant.project_id), "frequency": "weekly"}
    made = api.post("/api/analytics/reports/schedule", body)
    assert made.status_code == 201, made.content
    assert list(made.json()["recipients"]) == [str(tenant.person.id)]
    assert datetime.fromisoformat(made.json()["next_at"]).weekday() == 0
    refused = api.post(
        "/api/analytics/reports/schedule", {**body, "recipients": [stranger.person.email]}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "report_schedule_invalid")
    one = f"/api/analytics/reports/{made.json()['id']}"
    assert Api(stranger.key).delete(one).status_code == 404
    assert api.patch(one, {"enabled": False}).json()["state"] == "paused"
    with tenant_scope(tenant.org_id):
        ReportSchedule.objects.update(next_at=NOW - timedelta(days=1))
    assert send(tenant, UUID(made.json()["id"])) == 0
    listed = api.get(f"/api/analytics/reports?project_id={tenant.project_id}").json()["items"]
    assert [each["state"] for each in listed] == ["paused"]
    assert api.delete(one).status_code == 204
    preview = api.get(f"/api/analytics/reports/preview?project_id={tenant.project_id}")
    assert [each["name"] for each in preview.json()["measures"]][:2] == ["cost", "finished"]
    with tenant_scope(tenant.org_id):
        kinds = Event.objects.filter(org_id=tenant.org_id, kind__startswith="report.")
        assert list(kinds.order_by("id").values_list("kind", flat=True)) == [
            "report.scheduled",
            "report.changed",
            "report.removed",
        ]
