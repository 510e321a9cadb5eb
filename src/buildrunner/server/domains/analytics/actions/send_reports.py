"""Write and mail the reports that are due: each period once to each person.

That a mail is being sent is committed before it is, and that it was sent afterwards. Who dies in
between leaves `sending`, which nobody sends again: rather one report less, told on the page, than
two. What the mail server refused is tried again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.mime.image import MIMEImage
from smtplib import SMTPException
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.analytics import events
from buildrunner.server.domains.analytics.models import ReportMail, ReportSchedule
from buildrunner.server.domains.analytics.policies import READ
from buildrunner.server.domains.analytics.queries.reporting import make_report
from buildrunner.server.domains.analytics.rules import report_mail
from buildrunner.server.domains.analytics.rules.periods import following, period
from buildrunner.server.domains.analytics.types.reporting import Report
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.facade import Project, who_may
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.documents import blocks
from buildrunner.server.platform.documents.pdf import MEDIA_TYPE, as_pdf
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.jobs.defer import defer
from buildrunner.server.platform.ui.charts.drawing import draw_all

JOB: Final = "analytics.send_report"
MOST_ATTEMPTS: Final = 8
_PAUSE: Final = timedelta(minutes=5)
_UNSURE: Final = (
    "The server ended while it mailed the report of {}: it may not have gone out, and is not sent"
    " again."
)


class Due(NamedTuple):
    """What is to be sent, to whom (people by the id of their mail)."""

    schedule_id: UUID
    project_id: UUID
    report: Report
    mails: dict[UUID, UUID]
    unsure: bool


def send_due() -> int:
    """Queue each schedule whose time has come; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT org_id, id FROM analytics_reports_due()")
        rows = cursor.fetchall()
        for org_id, id_ in rows:
            defer(JOB, {"org_id": str(org_id), "schedule_id": str(id_)}, once=f"{JOB}:{id_}")
    return len(rows)


def send_report(org_id: UUID, schedule_id: UUID, *, now: datetime | None = None) -> int:
    """Send what one schedule owes for the period that is over; how many mails went out."""
    moment = now or timezone.now()
    due = _claim(org_id, schedule_id, moment)
    if due is None:
        return 0
    sent, trouble = 0, ""
    if due.mails:
        pictures = draw_all([one.spec for one in due.report.pictures], "png", width=720)
        document = pdf_of(due.report)
        for mail_id, person_id in due.mails.items():
            problem = _send(due, mail_id, person_id, pictures, document)
            _note(org_id, mail_id, problem)
            trouble = problem or trouble
            sent += not problem
    _settle(org_id, due, moment, sent, trouble)
    return sent


def pdf_of(report: Report) -> bytes:
    """The report as a document, with the same charts."""
    drawings = draw_all([one.spec for one in report.pictures], "svg", width=640)
    parts = [
        blocks.table(
            ["", "This period", "Before", "Change"],
            [
                [one.title, one.value, one.before or "–",
                 "–" if one.change is None else f"{one.change:+.1f} %"]
                for one in report.measures
            ],
            numeric=[1, 2, 3],
        )
    ]  # fmt: skip
    if report.insights:
        parts += [
            blocks.heading("Insights", 2),
            blocks.bullets([(one, "") for one in report.insights]),
        ]
    for picture, drawing in zip(report.pictures, drawings, strict=True):
        parts += [
            blocks.heading(picture.title, 2),
            blocks.picture(drawing.decode(), picture.summary),
        ]
    for listing in report.listings:
        parts.append(blocks.heading(listing.title, 2))
        if listing.rows:
            parts.append(blocks.table(listing.header, listing.rows, numeric=listing.numeric))
        else:
            parts.append(blocks.paragraph(listing.none))
    parts.append(blocks.aside("Costs are what is known in USD; days are UTC."))
    return as_pdf(report.title, parts, subtitle=f"{report.since} to {report.until}, not included")


def _claim(org_id: UUID, schedule_id: UUID, moment: datetime) -> Due | None:
    """Write down who is mailed now; commits."""
    with tenant_scope(org_id):
        row = (
            ReportSchedule.objects.select_for_update()
            .filter(org_id=org_id, id=schedule_id, enabled=True, next_at__lte=moment)
            .first()
        )
        if row is None or (row.retry_at is not None and row.retry_at > moment):
            return None
        project = Project.objects.filter(id=row.project_id).first()
        if project is None:
            return None
        # A try that is made again, perhaps the next day, is about the period of the first.
        about = period(row.frequency, row.next_at if row.failures else moment)
        people = {UUID(one) for one in row.recipients}
        able = who_may(READ, project_id=row.project_id, among=people)
        known = {
            one.person_id: one
            for one in ReportMail.objects.select_for_update().filter(
                org_id=org_id, schedule_id=row.id, period=about.name
            )
        }
        mails: dict[UUID, UUID] = {}
        for person_id in sorted(able):
            before = known.get(person_id)
            if before is None:
                made = ReportMail.objects.create(
                    org_id=org_id, schedule_id=row.id, period=about.name, person_id=person_id
                )
                mails[made.id] = person_id
            elif before.state == "failed" and before.attempts < MOST_ATTEMPTS:
                before.state, before.attempts = "sending", before.attempts + 1
                before.save(update_fields=["state", "attempts"])
                mails[before.id] = person_id
        report = make_report(
            org_id, row.project_id, project.title, frequency=row.frequency, period=about
        )
        unsure = any(one.state == "sending" and one.id not in mails for one in known.values())
        return Due(row.id, row.project_id, report, mails, unsure)


def _send(due: Due, mail_id: UUID, person_id: UUID, pictures: list[bytes], document: bytes) -> str:
    """What went wrong, or nothing."""
    person = identity.get_person(person_id)
    if person is None:
        return "The account is closed."
    project = f"{settings.BR_PUBLIC_URL}/projects/{due.project_id}"
    base = f"{project}/analytics"
    links = {"project": project, "page": f"{base}/anomalies", "settings": f"{base}/reports"}
    host = urlsplit(settings.BR_PUBLIC_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        " ".join(due.report.title.split())[:200],
        report_mail.text(due.report, **links),
        to=[person.email],
        headers={"Message-ID": f"<{mail_id}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(report_mail.html(due.report, **links), "text/html")
    for picture, drawn in zip(due.report.pictures, pictures, strict=True):
        part = MIMEImage(drawn, "png")
        part.add_header("Content-ID", f"<{picture.name}>")
        part.add_header("Content-Disposition", "inline", filename=f"{picture.name}.png")
        message.attach(part)
    name = f"{due.report.frequency}-{due.report.period}.pdf"
    message.attach(name, document, MEDIA_TYPE)
    try:
        message.send()
    except (SMTPException, OSError) as problem:
        return f"The mail could not be sent: {problem}"[:300]
    return ""


def _note(org_id: UUID, mail_id: UUID, problem: str) -> None:
    with tenant_scope(org_id):
        ReportMail.objects.filter(org_id=org_id, id=mail_id).update(
            state="failed" if problem else "sent",
            detail=problem,
            sent_at=None if problem else timezone.now(),
        )


def _settle(org_id: UUID, due: Due, moment: datetime, sent: int, trouble: str) -> None:
    with tenant_scope(org_id):
        row = (
            ReportSchedule.objects.select_for_update()
            .filter(org_id=org_id, id=due.schedule_id)
            .first()
        )
        if row is None:
            return
        if trouble and row.failures + 1 < MOST_ATTEMPTS:
            row.failures += 1
            row.retry_at = moment + _PAUSE * 2 ** min(row.failures - 1, 7)
            row.last_error = trouble
        else:
            row.failures, row.retry_at, row.last_error = 0, None, trouble
            if due.unsure and not trouble:
                row.last_error = _UNSURE.format(due.report.period)
            row.next_at = following(row.frequency, row.hour, moment)
        if sent:
            row.sent_at = timezone.now()
        row.save()
        _tell(row, due.report, sent, trouble)


def _tell(row: ReportSchedule, report: Report, sent: int, trouble: str) -> None:
    data: dict[str, Any] = {
        "frequency": row.frequency,
        "period": report.period,
        "sent": sent,
        "trouble": trouble,
    }
    emit(
        events.REPORT_SENT,
        actor=SYSTEM,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data=data,
    )
