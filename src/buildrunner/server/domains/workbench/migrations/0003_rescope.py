"""Proposals to change what is planned."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

TABLE = "workbench_rescope"


class Migration(migrations.Migration):
    """The table of rescoping."""

    dependencies: ClassVar = [("workbench", "0002_create")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Rescope",
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
                ("state", models.CharField(default="open", max_length=10)),
                ("instruction", models.TextField(blank=True, default="")),
                ("acts", models.TextField()),
                ("base_revision", models.IntegerField()),
                ("base_hash", models.CharField(max_length=71)),
                ("operations", models.TextField()),
                ("reasons", models.TextField()),
                ("impact", models.TextField()),
                ("precheck", models.TextField()),
                ("actor", models.JSONField()),
                ("person_id", models.UUIDField(null=True)),
                ("note", models.TextField(blank=True, default="")),
                ("revision", models.IntegerField(null=True)),
                ("decided_by", models.JSONField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project_id", "-id"], name="workbench_rescope_newest")
                ],
            },
        ),
        foreign_key(TABLE, "org_id", "tenancy_organization"),
        tenant_foreign_key(TABLE, "project_id", "tenancy_project"),
    ]
