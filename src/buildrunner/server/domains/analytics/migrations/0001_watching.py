"""Anomalies, sources of usage, and reports on schedule."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)
from buildrunner.server.platform.db.rows import uuid7

TABLES = (
    "analytics_anomaly",
    "analytics_source",
    "analytics_report_schedule",
    "analytics_report_mail",
)
# What is asked for by its id alone.
LOCATED = {"anomaly": "anomaly", "source": "source", "report": "report_schedule"}
# Projects in which something happened lately, and organizations with costs that belong to none.
WATCHED = """
    SELECT p.org_id, p.id FROM public.tenancy_project p
     WHERE p.archived_at IS NULL AND (
        EXISTS (SELECT FROM public.events_event e WHERE e.org_id = p.org_id
                AND e.project_id = p.id AND e.created_at > now() - interval '15 days')
        OR EXISTS (SELECT FROM public.metering_rollup r WHERE r.org_id = p.org_id
                AND r.project_id = p.id AND r.grain = 'day'
                AND r.bucket > now() - interval '4 days'))
    UNION ALL
    SELECT o.id, NULL FROM public.tenancy_organization o
     WHERE EXISTS (SELECT FROM public.metering_rollup r WHERE r.org_id = o.id
                AND r.project_id IS NULL AND r.grain = 'day'
                AND r.bucket > now() - interval '4 days')
"""
# A day is read when it has been over for six hours: providers count late.
SOURCES_DUE = """
    SELECT s.org_id, s.id FROM public.analytics_source s
     WHERE s.enabled AND (s.retry_at IS NULL OR s.retry_at <= now())
       AND (s.failures > 0 OR s.collected_until IS NULL
            OR s.collected_until < ((now() - interval '6 hours') AT TIME ZONE 'UTC')::date)
"""
REPORTS_DUE = """
    SELECT r.org_id, r.id FROM public.analytics_report_schedule r
     WHERE r.enabled AND r.next_at <= now() AND (r.retry_at IS NULL OR r.retry_at <= now())
"""


def _locate(name: str, table: str) -> migrations.RunSQL:
    return definer_function(
        f"analytics_locate_{name}(uuid)",
        "TABLE (org_id uuid, project_id uuid)",
        f"SELECT r.org_id, r.project_id FROM public.{table} r WHERE r.id = wanted",  # noqa: S608
        header="wanted uuid",
    )


class Migration(migrations.Migration):
    """Four tables, and what schedules ask of all organizations."""

    dependencies: ClassVar = [
        ("events", "0003_by_time"),
        ("metering", "0003_budget_locks"),
        ("tenancy", "0011_agents"),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Anomaly",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField(null=True)),
                ("kind", models.CharField(max_length=16)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("worst_day", models.DateField()),
                ("observed", models.DecimalField(decimal_places=10, max_digits=24)),
                ("expected", models.DecimalField(decimal_places=10, max_digits=24)),
                ("low", models.DecimalField(decimal_places=10, max_digits=24)),
                ("high", models.DecimalField(decimal_places=10, max_digits=24)),
                ("percent", models.FloatField()),
                ("score", models.FloatField()),
                ("threshold", models.FloatField()),
                ("severity", models.CharField(max_length=8)),
                ("causes", models.JSONField(default=list)),
                ("status", models.CharField(default="open", max_length=12)),
                ("reason", models.TextField(blank=True, default="")),
                ("reviewed_by", models.JSONField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "analytics_anomaly",
                "indexes": [
                    models.Index(
                        fields=["org_id", "project_id", "-id"], name="analytics_anomaly_newest"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "kind", "first_day"),
                        name="analytics_anomaly_stretch",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportMail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("schedule_id", models.UUIDField()),
                ("period", models.CharField(max_length=24)),
                ("person_id", models.UUIDField()),
                ("state", models.CharField(default="sending", max_length=8)),
                ("attempts", models.PositiveSmallIntegerField(default=1)),
                ("detail", models.TextField(blank=True, default="")),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "analytics_report_mail",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "schedule_id", "period", "person_id"),
                        name="analytics_report_mail_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportSchedule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("frequency", models.CharField(max_length=8)),
                ("hour", models.PositiveSmallIntegerField(default=6)),
                ("recipients", models.JSONField(default=list)),
                ("enabled", models.BooleanField(default=True)),
                ("next_at", models.DateTimeField()),
                ("created_by", models.JSONField()),
                ("person_id", models.UUIDField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True, default="")),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "analytics_report_schedule",
                "indexes": [
                    models.Index(fields=["org_id", "project_id"], name="analytics_report_project")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "id"), name="analytics_report_tenant")
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField(null=True)),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=60)),
                ("base_url", models.TextField()),
                ("settings", models.JSONField(default=dict)),
                ("api_key", models.TextField(blank=True, default="")),
                ("key_hint", models.CharField(blank=True, default="", max_length=8)),
                ("enabled", models.BooleanField(default=True)),
                ("collected_until", models.DateField(null=True)),
                ("collected_at", models.DateTimeField(null=True)),
                ("last_events", models.IntegerField(default=0)),
                ("differing", models.IntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True, default="")),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "analytics_source",
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "name"), name="analytics_source_name")
                ],
            },
        ),
        *(foreign_key(table, "org_id", "tenancy_organization") for table in TABLES),
        *(tenant_foreign_key(table, "project_id", "tenancy_project") for table in TABLES[:3]),
        tenant_foreign_key("analytics_report_mail", "schedule_id", "analytics_report_schedule"),
        *(_locate(one, f"analytics_{table}") for one, table in LOCATED.items()),
        definer_function(
            "analytics_watched()", "TABLE (org_id uuid, project_id uuid)", WATCHED, header=""
        ),
        definer_function(
            "analytics_sources_due()", "TABLE (org_id uuid, id uuid)", SOURCES_DUE, header=""
        ),
        definer_function(
            "analytics_reports_due()", "TABLE (org_id uuid, id uuid)", REPORTS_DUE, header=""
        ),
    ]
