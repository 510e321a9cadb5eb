"""The tables of the room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # The epoch grows with each restore: transaction ids do not survive one. A restore replaces
        # this function; readers and writers ask it.
        migrations.RunSQL(
            "CREATE FUNCTION events_epoch() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1'",
            "DROP FUNCTION events_epoch()",
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "epoch",
                    models.IntegerField(
                        db_default=models.Func(
                            function="events_epoch", output_field=models.IntegerField()
                        )
                    ),
                ),
                (
                    "transaction",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="txid_current", output_field=models.BigIntegerField()
                        )
                    ),
                ),
                ("kind", models.TextField()),
                ("project_id", models.UUIDField(null=True)),
                ("subject", models.TextField(blank=True)),
                ("actor", models.JSONField()),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["epoch", "transaction", "id"], name="events_order"),
                    models.Index(fields=["org_id", "project_id", "id"], name="events_project"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("subscriber", models.TextField(primary_key=True, serialize=False)),
                ("epoch", models.IntegerField(default=0)),
                ("transaction", models.BigIntegerField(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"abstract": False},
        ),
    ]
