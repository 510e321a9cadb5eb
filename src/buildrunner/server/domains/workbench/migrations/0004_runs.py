"""Runs of agents."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

TABLE = "workbench_agentrun"


class Migration(migrations.Migration):
    """The table of runs, and where the worker learns of silent ones."""

    dependencies: ClassVar = [("workbench", "0003_rescope")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="AgentRun",
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
                ("name", models.TextField(blank=True, default="")),
                ("program", models.TextField(blank=True, default="")),
                ("state", models.CharField(default="open", max_length=10)),
                ("silent", models.BooleanField(default=False)),
                ("actor", models.JSONField()),
                ("person_id", models.UUIDField(null=True)),
                ("key_id", models.UUIDField(null=True)),
                ("branch", models.TextField(blank=True, default="")),
                ("commit_start", models.TextField(blank=True, default="")),
                ("commit_end", models.TextField(blank=True, default="")),
                ("summary", models.TextField(blank=True, default="")),
                ("ttl_seconds", models.IntegerField()),
                ("seen_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("freed", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "person_id", "key_id", "name"),
                        condition=models.Q(ended_at__isnull=True) & ~models.Q(name=""),
                        nulls_distinct=False,
                        name="workbench_run_open",
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["org_id", "project_id", "-id"], name="workbench_run_newest"
                    ),
                    models.Index(
                        fields=["expires_at"],
                        condition=models.Q(ended_at__isnull=True),
                        name="workbench_run_silence",
                    ),
                ],
            },
        ),
        foreign_key(TABLE, "org_id", "tenancy_organization"),
        tenant_foreign_key(TABLE, "project_id", "tenancy_project"),
        # The task works without a tenant; it may learn where there is work, no more.
        migrations.RunSQL(
            """
            CREATE FUNCTION workbench_orgs_with_silent_runs() RETURNS SETOF uuid
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
                SELECT DISTINCT org_id FROM workbench_agentrun
                WHERE ended_at IS NULL AND expires_at <= now()
            $$;
            REVOKE ALL ON FUNCTION workbench_orgs_with_silent_runs() FROM PUBLIC;
            """,
            "DROP FUNCTION workbench_orgs_with_silent_runs()",
        ),
    ]
