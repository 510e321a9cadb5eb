"""Which organization is on which tier."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key
from buildrunner.server.platform.db.rows import uuid7


class Migration(migrations.Migration):
    """The table of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="OrganizationTier",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("tier", models.CharField(max_length=32)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org_id",), name="entitlements_tier_org")
                ],
            },
        ),
        foreign_key("entitlements_organizationtier", "org_id", "tenancy_organization"),
    ]
