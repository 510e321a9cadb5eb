"""Numbers of usage events are handed out by the hundred: each by itself cost a tenth of COPY."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Numbers only tell apart events of the same time, so gaps and order between sessions are
    nothing to anybody."""

    dependencies: ClassVar = [("metering", "0004_storage_growth")]
    operations: ClassVar = [
        migrations.RunSQL(
            sql="ALTER SEQUENCE metering_usage_id_seq CACHE 100",
            reverse_sql="ALTER SEQUENCE metering_usage_id_seq CACHE 1",
        )
    ]
