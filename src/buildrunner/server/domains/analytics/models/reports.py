"""Reports that are mailed on schedule."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class ReportSchedule(TenantRow):
    """A report of a project that people get: `frequency` is daily, weekly (Mondays) or monthly (on
    the first), at `hour` UTC. `recipients` are ids of people. `next_at` is when the next one is
    due; while sending fails, `failures` and `last_error` tell, and `retry_at` when it is tried
    again.
    """

    in_archive: ClassVar[Any] = Left("it mails people of this organization")

    project_id = models.UUIDField()
    frequency = models.CharField(max_length=8)
    hour = models.PositiveSmallIntegerField(default=6)
    recipients = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    next_at = models.DateTimeField()
    created_by = models.JSONField()
    person_id = models.UUIDField()
    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "analytics_report_schedule"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="analytics_report_tenant"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "project_id"], name="analytics_report_project"),
        ]


class ReportMail(TenantRow):
    """One report of one period to one person: written before it is sent, so that nobody gets it
    twice. `state` is sending, sent or failed; what was being sent when its process ended stays
    `sending`, and is not sent again.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    in_archive: ClassVar[Any] = Left("it was mailed to people of this organization")

    schedule_id = models.UUIDField()
    period = models.CharField(max_length=24)
    person_id = models.UUIDField()
    state = models.CharField(max_length=8, default="sending")
    attempts = models.PositiveSmallIntegerField(default=1)
    detail = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "analytics_report_mail"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "schedule_id", "period", "person_id"],
                name="analytics_report_mail_once",
            ),
        ]
