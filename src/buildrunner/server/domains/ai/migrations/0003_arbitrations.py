"""Two models side by side, and what judged between them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7


class Migration(migrations.Migration):
    """One table."""

    dependencies: ClassVar = [("ai", "0002_routing"), ("tenancy", "0002_integrity")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Arbitration",
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
                ("task_type", models.CharField(max_length=16)),
                ("microstep_id", models.TextField(blank=True, default="")),
                ("question", models.TextField()),
                ("rubric", models.JSONField()),
                ("candidates", models.JSONField()),
                ("passes", models.JSONField(default=list)),
                ("model_a", models.TextField()),
                ("model_b", models.TextField()),
                ("contested", models.BooleanField()),
                ("judge", models.TextField()),
                ("judge_is_candidate", models.BooleanField()),
                ("status", models.CharField(max_length=20)),
                ("winner", models.CharField(blank=True, default="", max_length=1)),
                ("confidence", models.PositiveSmallIntegerField(null=True)),
                ("rationale", models.TextField(blank=True, default="")),
                ("multiplier_estimated", models.DecimalField(decimal_places=4, max_digits=12)),
                (
                    "multiplier_actual",
                    models.DecimalField(decimal_places=4, max_digits=12, null=True),
                ),
                ("cost", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
                ("decided_by", models.JSONField(null=True)),
                ("decided_reason", models.TextField(blank=True, default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("actor", models.JSONField()),
            ],
            options={
                "db_table": "ai_arbitration",
                "indexes": [
                    models.Index(
                        fields=["org_id", "project_id", "status", "-id"], name="ai_arbitration_list"
                    )
                ],
            },
        ),
        tenant_foreign_key("ai_arbitration", "project_id", "tenancy_project"),
    ]
