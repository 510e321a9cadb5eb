"""That a subscriber fails stands with its cursor, and the lag can be asked without a tenant."""

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import definer_function


class Migration(migrations.Migration):
    dependencies: ClassVar = [("events", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            "cursor", "failures", models.PositiveIntegerField(default=0, db_default=0)
        ),
        migrations.AddField("cursor", "failing_since", models.DateTimeField(null=True)),
        migrations.AddField("cursor", "last_error", models.TextField(blank=True, db_default="")),
        # A subquery for the row after the cursor and one for the count: both walk the index of the
        # stream's order and stop early.
        definer_function(
            "events_lag(integer)",
            "TABLE (subscriber text, waiting bigint, oldest timestamptz, failures integer,"
            " failing_since timestamptz, last_error text, updated_at timestamptz)",
            """
            SELECT c.subscriber,
                   (SELECT count(*) FROM (
                       SELECT 1 FROM events_event e
                       WHERE (e.epoch, e.transaction, e.id)
                             > (c.epoch, c.transaction, c.event_id)
                       LIMIT most) AS counted),
                   (SELECT e.created_at FROM events_event e
                    WHERE (e.epoch, e.transaction, e.id) > (c.epoch, c.transaction, c.event_id)
                    ORDER BY e.epoch, e.transaction, e.id LIMIT 1),
                   c.failures, c.failing_since, c.last_error, c.updated_at
            FROM events_cursor c
            """,
            header="most integer",
        ),
    ]
