"""Profiles of models, settings of tasks, routes and their outcomes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7


def _row() -> list[tuple[str, Any]]:
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
    ]


class Migration(migrations.Migration):
    """Three tables."""

    dependencies: ClassVar = [("ai", "0001_providers"), ("tenancy", "0002_integrity")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="ModelProfile",
            fields=[
                *_row(),
                ("model", models.TextField()),
                ("provider", models.TextField()),
                ("task_types", models.JSONField(default=list)),
                ("quality", models.DecimalField(decimal_places=2, max_digits=4)),
                ("speed", models.DecimalField(decimal_places=2, max_digits=4)),
                ("context", models.PositiveIntegerField()),
                ("max_output", models.PositiveIntegerField()),
                ("enabled", models.BooleanField(default=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "ai_profile",
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "model"), name="ai_profile_model")
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskSetting",
            fields=[
                *_row(),
                ("project_id", models.UUIDField()),
                ("task_type", models.CharField(max_length=16)),
                ("preferred_model", models.TextField(blank=True, default="")),
                (
                    "minimum_quality",
                    models.DecimalField(decimal_places=2, default=0, max_digits=4),
                ),
                ("dual_run_enabled", models.BooleanField(default=False)),
                (
                    "max_cost_multiplier",
                    models.DecimalField(decimal_places=2, default=2, max_digits=6),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "ai_task_setting",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "task_type"), name="ai_task_setting_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                *_row(),
                ("project_id", models.UUIDField()),
                ("task_type", models.CharField(max_length=16)),
                ("microstep_id", models.TextField(blank=True, default="")),
                ("model", models.TextField()),
                ("reason", models.TextField()),
                ("candidates", models.JSONField(default=list)),
                ("actor", models.JSONField()),
                ("success", models.BooleanField(null=True)),
                ("quality", models.DecimalField(decimal_places=2, max_digits=4, null=True)),
                ("latency_ms", models.PositiveIntegerField(null=True)),
                ("tokens", models.BigIntegerField(null=True)),
                ("cost", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
                ("note", models.TextField(blank=True, default="")),
                ("reported_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "ai_route",
                "indexes": [
                    models.Index(
                        fields=["org_id", "project_id", "task_type", "-reported_at"],
                        name="ai_route_task",
                    )
                ],
            },
        ),
        tenant_foreign_key("ai_task_setting", "project_id", "tenancy_project"),
        tenant_foreign_key("ai_route", "project_id", "tenancy_project"),
    ]
