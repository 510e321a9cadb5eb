"""What came to an organization's storage since it was measured."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key
from buildrunner.server.platform.db.rows import uuid7


class Migration(migrations.Migration):
    """One row for an organization and a day of measuring."""

    dependencies: ClassVar = [("metering", "0003_budget_locks")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="StorageGrowth",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("day", models.DateField()),
                ("bytes", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "day"), name="metering_growth_once")
                ],
            },
        ),
        foreign_key("metering_storagegrowth", "org_id", "tenancy_organization"),
    ]
