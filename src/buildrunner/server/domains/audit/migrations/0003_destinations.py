"""Where a ledger is sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import definer_function
from buildrunner.server.platform.db.rows import uuid7

DUE = """
    SELECT d.org_id, d.id FROM public.audit_destination d
    WHERE d.enabled AND (d.retry_at IS NULL OR d.retry_at <= now())
      AND (d.kind = 'siem' OR nightly OR d.failures > 0)
      AND EXISTS (SELECT FROM public.audit_ledger l
                  WHERE l.org_id = d.org_id AND l.seq >= d.next_seq)
"""


class Migration(migrations.Migration):
    """One table, and the question which of its rows have something to get."""

    dependencies: ClassVar = [("audit", "0002_access_reviews")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Destination",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("kind", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=120)),
                ("url", models.TextField()),
                ("settings", models.JSONField(default=dict)),
                ("secret", models.TextField()),
                ("redact", models.BooleanField(default=False)),
                ("enabled", models.BooleanField(default=True)),
                ("next_seq", models.BigIntegerField(default=1)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True, default="")),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_destination",
                "indexes": [models.Index(fields=["retry_at"], name="audit_destination_retry")],
            },
        ),
        definer_function(
            "audit_destinations_due(boolean)",
            "TABLE (org_id uuid, id uuid)",
            DUE,
            header="nightly boolean",
        ),
    ]
