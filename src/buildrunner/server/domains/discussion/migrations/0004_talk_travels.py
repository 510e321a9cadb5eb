"""What was said comes with a project's archive; nobody of this server wrote it then."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Who wrote, reacted or attached may be unknown here."""

    dependencies: ClassVar = [("discussion", "0003_attachments")]
    operations: ClassVar = [
        migrations.AlterField(table, "person_id", models.UUIDField(null=True))
        for table in ("comment", "reaction", "attachment")
    ]
