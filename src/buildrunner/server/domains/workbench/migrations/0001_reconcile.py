"""Reports of clones, and decisions about their conflicts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

TABLES = ("workbench_driftreport", "workbench_conflictchoice")


def _row() -> list[tuple[str, Any]]:
    return [
        (
            "id",
            models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False),
        ),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField()),
    ]


class Migration(migrations.Migration):
    """The tables of Reconcile."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="DriftReport",
            fields=[
                *_row(),
                ("holder", models.CharField(max_length=64)),
                ("clone", models.CharField(max_length=64)),
                ("branch", models.CharField(blank=True, default="", max_length=255)),
                ("label", models.CharField(blank=True, default="", max_length=120)),
                ("commit", models.CharField(blank=True, default="", max_length=64)),
                ("since", models.CharField(blank=True, default="", max_length=200)),
                ("base_revision", models.IntegerField(default=0)),
                ("findings", models.JSONField(default=list)),
                ("conflicts", models.TextField(default="[]")),
                ("overlaps", models.JSONField(default=list)),
                ("actor", models.JSONField()),
                ("reported_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "holder", "clone", "branch"),
                        name="workbench_report_newest",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConflictChoice",
            fields=[
                *_row(),
                ("digest", models.CharField(max_length=71)),
                ("answers", models.JSONField(default=list)),
                ("entity_id", models.TextField()),
                ("field", models.TextField()),
                ("title", models.TextField(blank=True, default="")),
                ("choice", models.CharField(max_length=8)),
                ("resolution", models.TextField()),
                ("conflict", models.TextField()),
                ("revision", models.IntegerField(null=True)),
                ("clone", models.CharField(max_length=64)),
                ("branch", models.CharField(blank=True, default="", max_length=255)),
                ("actor", models.JSONField()),
                ("person_id", models.UUIDField(null=True)),
                ("replaced_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at__isnull", True)),
                        fields=("org_id", "project_id", "digest"),
                        name="workbench_choice_stands",
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["project_id", "-created_at"], name="workbench_choice_newest"
                    )
                ],
            },
        ),
        *(foreign_key(table, "org_id", "tenancy_organization") for table in TABLES),
        *(tenant_foreign_key(table, "project_id", "tenancy_project") for table in TABLES),
    ]
