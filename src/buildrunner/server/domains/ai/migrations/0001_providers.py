"""Providers of models."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.rows import uuid7


class Migration(migrations.Migration):
    """One table."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Provider",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=60)),
                ("base_url", models.TextField()),
                ("api_key", models.TextField(blank=True, default="")),
                ("key_hint", models.CharField(blank=True, default="", max_length=8)),
                ("models", models.JSONField(default=list)),
                ("fallbacks", models.JSONField(default=dict)),
                ("priority", models.PositiveSmallIntegerField(default=100)),
                ("timeout_seconds", models.PositiveIntegerField(default=600)),
                ("retries", models.PositiveSmallIntegerField(default=2)),
                ("enabled", models.BooleanField(default=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "ai_provider",
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "name"), name="ai_provider_name")
                ],
            },
        ),
    ]
