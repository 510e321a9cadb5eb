"""Windows of time in the events of a project are read by index."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("events", "0002_failing_cursors")]

    operations: ClassVar = [
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["org_id", "project_id", "created_at", "id"], name="events_by_time"
            ),
        ),
    ]
