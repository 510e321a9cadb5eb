"""Access reviews: campaigns, their lines, and which organizations have one each quarter."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import definer_function, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


class Migration(migrations.Migration):
    """Three tables."""

    dependencies: ClassVar = [("audit", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="AccessReview",
            fields=row(
                review_period=models.CharField(max_length=7),
                status=models.CharField(default="open", max_length=16),
                due_date=models.DateField(),
                opened_by=models.JSONField(),
                completed_at=models.DateTimeField(null=True),
            ),
            options={
                "db_table": "access_reviews",
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "id"), name="access_reviews_tenant"),
                    models.UniqueConstraint(
                        fields=("org_id", "review_period"), name="access_reviews_period"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessReviewItem",
            fields=row(
                review_id=models.UUIDField(),
                member_id=models.UUIDField(),
                kind=models.CharField(max_length=16),
                access=models.JSONField(),
                approved=models.BooleanField(null=True),
                note=models.CharField(blank=True, default="", max_length=500),
                decided_by=models.JSONField(null=True),
                decided_at=models.DateTimeField(null=True),
            ),
            options={
                "db_table": "access_review_items",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "review_id", "member_id"),
                        name="access_review_items_member",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewSchedule",
            fields=row(),
            options={
                "db_table": "access_review_schedule",
                "constraints": [
                    models.UniqueConstraint(fields=("org_id",), name="access_review_schedule_org"),
                ],
            },
        ),
        tenant_foreign_key("access_review_items", "review_id", "access_reviews"),
        definer_function(
            "audit_orgs_with_reviews()",
            "SETOF uuid",
            "SELECT org_id FROM public.access_review_schedule UNION"
            " SELECT org_id FROM public.access_reviews"
            " WHERE status = 'open' AND due_date < (now() AT TIME ZONE 'UTC')::date",
            header="",
        ),
    ]
