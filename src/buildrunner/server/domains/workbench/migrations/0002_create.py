"""Drafts."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

TABLE = "workbench_draft"


class Migration(migrations.Migration):
    """The table of Create."""

    dependencies: ClassVar = [("workbench", "0001_reconcile")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Draft",
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
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                ("format", models.CharField(blank=True, max_length=40)),
                ("facts", models.JSONField(default=dict)),
                ("answers", models.JSONField(default=dict)),
                ("input_digest", models.CharField(max_length=71)),
                ("title", models.CharField(max_length=200)),
                ("content", models.TextField()),
                ("base_revision", models.IntegerField(default=0)),
                ("state", models.CharField(max_length=10)),
                ("revision", models.IntegerField(null=True)),
                ("added", models.JSONField(default=dict)),
                ("author", models.JSONField()),
                ("person_id", models.UUIDField(null=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project_id", "-id"], name="workbench_draft_newest")
                ],
            },
        ),
        foreign_key(TABLE, "org_id", "tenancy_organization"),
        tenant_foreign_key(TABLE, "project_id", "tenancy_project"),
    ]
