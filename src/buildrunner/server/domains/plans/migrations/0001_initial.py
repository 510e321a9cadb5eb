"""Heads, revisions and claims."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

import buildrunner.server.platform.db.rows
from buildrunner.server.platform.db.operations import tenant_foreign_key


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        (
            "id",
            models.UUIDField(
                default=buildrunner.server.platform.db.rows.uuid7,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="PlanHead",
            fields=row(
                project_id=models.UUIDField(),
                revision=models.IntegerField(default=0),
                packed=models.BinaryField(default=b""),
                document_hash=models.TextField(blank=True, default=""),
                updated_at=models.DateTimeField(auto_now=True),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id"), name="plans_head_project"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=row(
                project_id=models.UUIDField(),
                number=models.IntegerField(),
                base_number=models.IntegerField(),
                operations=models.TextField(),
                operations_count=models.IntegerField(),
                previous_hash=models.TextField(blank=True),
                document_hash=models.TextField(),
                snapshot=models.BinaryField(null=True),
                author=models.JSONField(),
                person_id=models.UUIDField(null=True),
                message=models.TextField(blank=True, default=""),
                idempotency_key=models.TextField(null=True),
                request_hash=models.TextField(blank=True, default=""),
                answer=models.TextField(blank=True, default=""),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "number"), name="plans_revision_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("org_id", "project_id", "idempotency_key"),
                        name="plans_revision_key",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=row(
                project_id=models.UUIDField(),
                microstep_id=models.TextField(),
                holder=models.TextField(),
                actor=models.JSONField(),
                person_id=models.UUIDField(null=True),
                expires_at=models.DateTimeField(),
                released_at=models.DateTimeField(null=True),
            ),
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=["expires_at"],
                        name="plans_claim_expiry",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("org_id", "project_id", "microstep_id"),
                        name="plans_claim_active",
                    )
                ],
            },
        ),
        tenant_foreign_key("plans_planhead", "project_id", "tenancy_project"),
        tenant_foreign_key("plans_revision", "project_id", "tenancy_project"),
        tenant_foreign_key("plans_claim", "project_id", "tenancy_project"),
        # The document is deflated already; compressing it again would only cost time.
        migrations.RunSQL(
            "ALTER TABLE plans_planhead ALTER COLUMN packed SET STORAGE EXTERNAL;"
            "ALTER TABLE plans_revision ALTER COLUMN snapshot SET STORAGE EXTERNAL;",
            migrations.RunSQL.noop,
        ),
        # The expiry task works without a tenant; it may learn where there is work, no more.
        migrations.RunSQL(
            """
            CREATE FUNCTION plans_orgs_with_expired_claims() RETURNS SETOF uuid
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
                SELECT DISTINCT org_id FROM plans_claim
                WHERE released_at IS NULL AND expires_at <= now()
            $$;
            REVOKE ALL ON FUNCTION plans_orgs_with_expired_claims() FROM PUBLIC;
            """,
            "DROP FUNCTION plans_orgs_with_expired_claims()",
        ),
    ]
