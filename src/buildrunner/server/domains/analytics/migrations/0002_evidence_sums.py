"""Evidence summed up by day, and an index that finds what is not summed up yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

TABLES = ("analytics_evidence_mark", "analytics_evidence_sum")


class Migration(migrations.Migration):
    """Two tables of sums."""

    dependencies: ClassVar = [("analytics", "0001_watching"), ("events", "0003_by_time")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="EvidenceMark",
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
                ("epoch", models.IntegerField()),
                ("transaction", models.BigIntegerField()),
                ("event_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "analytics_evidence_mark",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id"), name="analytics_evidence_mark_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceSum",
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
                ("day", models.DateField()),
                ("key", models.BinaryField(max_length=16)),
                ("actor", models.JSONField()),
                ("microsteps", models.JSONField()),
                ("passed", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
            ],
            options={
                "db_table": "analytics_evidence_sum",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "day", "key"),
                        name="analytics_evidence_sum_once",
                    )
                ],
            },
        ),
        *(foreign_key(table, "org_id", "tenancy_organization") for table in TABLES),
        *(tenant_foreign_key(table, "project_id", "tenancy_project") for table in TABLES),
        migrations.RunSQL(
            sql=(
                "CREATE INDEX analytics_evidence_tail ON events_event "
                "(org_id, project_id, epoch, transaction, id) WHERE kind = 'evidence.received'"
            ),
            reverse_sql="DROP INDEX analytics_evidence_tail",
        ),
    ]
