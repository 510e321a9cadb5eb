"""The queue's tables, as the installed pgqueuer makes them, and the signs of life."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import buildrunner.server.platform.db.rows


def install(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    from buildrunner.server.platform.jobs.queue_schema import install_sql

    editor.execute(install_sql(), params=None)


def uninstall(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    from buildrunner.server.platform.jobs.queue_schema import uninstall_sql

    editor.execute(uninstall_sql(), params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunPython(install, uninstall),
        migrations.CreateModel(
            name="JobLogEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("job_id", models.BigIntegerField()),
                ("status", models.TextField()),
                ("entrypoint", models.TextField()),
            ],
            options={
                "db_table": "pgqueuer_log",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="JobStatistic",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("count", models.BigIntegerField()),
                ("status", models.TextField()),
                ("entrypoint", models.TextField()),
            ],
            options={
                "db_table": "pgqueuer_statistics",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="QueuedJob",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("execute_after", models.DateTimeField()),
                ("status", models.TextField()),
                ("entrypoint", models.TextField()),
                ("payload", models.BinaryField(null=True)),
                ("attempts", models.IntegerField()),
            ],
            options={
                "db_table": "pgqueuer",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("expression", models.TextField()),
                ("entrypoint", models.TextField()),
                ("next_run", models.DateTimeField()),
                ("last_run", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "pgqueuer_schedules",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
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
                ("process", models.TextField(unique=True)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
