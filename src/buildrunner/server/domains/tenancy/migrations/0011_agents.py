"""A service account may be an agent: somebody answers for it."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns."""

    dependencies: ClassVar = [("tenancy", "0010_member_teams")]
    operations: ClassVar = [
        migrations.AddField(
            "serviceaccount", "agent", models.BooleanField(default=False, db_default=False)
        ),
        migrations.AddField("serviceaccount", "owner_id", models.UUIDField(null=True)),
    ]
