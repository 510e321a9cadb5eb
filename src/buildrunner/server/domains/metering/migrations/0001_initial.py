"""Usage events in partitions, their sums, prices, and what guards them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models.functions import Now

from buildrunner.server.domains.metering.migrations._partitions import (
    KEEP_PARTITIONS,
    ORGS_TO_CLOSE,
    PURGE_RECEIPTS,
    STORAGE,
    TABLES,
)
from buildrunner.server.platform.db.operations import foreign_key
from buildrunner.server.platform.db.rows import uuid7

ROLLUP = migrations.CreateModel(
    name="Rollup",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("team_id", models.UUIDField(null=True)),
        ("milestone", models.TextField(null=True)),
        ("step", models.TextField(null=True)),
        ("microstep", models.TextField(null=True)),
        ("person_id", models.UUIDField(null=True)),
        ("key_id", models.UUIDField(null=True)),
        ("agent_id", models.UUIDField(null=True)),
        (
            "pk",
            models.CompositePrimaryKey(
                "org_id",
                "grain",
                "bucket",
                "key",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("grain", models.TextField()),
        ("bucket", models.DateTimeField()),
        ("key", models.UUIDField()),
        ("type", models.TextField()),
        ("provider", models.TextField(null=True)),
        ("model", models.TextField(null=True)),
        ("currency", models.TextField(db_default="USD")),
        ("events", models.BigIntegerField()),
        ("quantity", models.DecimalField(decimal_places=6, max_digits=30)),
        ("input", models.BigIntegerField(default=0)),
        ("cache_read", models.BigIntegerField(default=0)),
        ("cache_write", models.BigIntegerField(default=0)),
        ("output", models.BigIntegerField(default=0)),
        ("reasoning", models.BigIntegerField(default=0)),
        ("cost", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("unpriced", models.BigIntegerField(default=0)),
    ],
    options={
        "indexes": [
            models.Index(
                fields=["org_id", "project_id", "grain", "bucket"], name="metering_rollup_project"
            )
        ],
    },
)

USAGE = migrations.CreateModel(
    name="UsageEvent",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("team_id", models.UUIDField(null=True)),
        ("milestone", models.TextField(null=True)),
        ("step", models.TextField(null=True)),
        ("microstep", models.TextField(null=True)),
        ("person_id", models.UUIDField(null=True)),
        ("key_id", models.UUIDField(null=True)),
        ("agent_id", models.UUIDField(null=True)),
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("time", models.DateTimeField()),
        ("occurred_at", models.DateTimeField()),
        ("received_at", models.DateTimeField(db_default=Now())),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("type", models.TextField()),
        ("quantity", models.DecimalField(decimal_places=6, max_digits=30)),
        ("unit", models.TextField()),
        ("provider", models.TextField(null=True)),
        ("model", models.TextField(null=True)),
        ("input", models.BigIntegerField(null=True)),
        ("cache_read", models.BigIntegerField(null=True)),
        ("cache_write", models.BigIntegerField(null=True)),
        ("output", models.BigIntegerField(null=True)),
        ("reasoning", models.BigIntegerField(null=True)),
        ("batch", models.BooleanField(null=True)),
        ("cost", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("currency", models.TextField(db_default="USD")),
        ("price_version", models.TextField(null=True)),
        ("pr", models.TextField(null=True)),
        ("run", models.TextField(null=True)),
        ("data", models.JSONField(null=True)),
    ],
    options={
        "db_table": "metering_usage",
    },
)

SEEN = migrations.CreateModel(
    name="UsageSeen",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        (
            "pk",
            models.CompositePrimaryKey(
                "org_id",
                "source",
                "event_id",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("digest", models.BinaryField(max_length=16)),
        ("time", models.DateTimeField()),
    ],
    options={
        "db_table": "metering_seen",
    },
)

ADJUSTMENT = migrations.CreateModel(
    name="Adjustment",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("month", models.DateField()),
        ("reason", models.TextField()),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("type", models.TextField()),
        ("provider", models.TextField(null=True)),
        ("model", models.TextField(null=True)),
        ("quantity", models.DecimalField(decimal_places=6, max_digits=30)),
        ("cost_before", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("cost_after", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("version_before", models.TextField(null=True)),
        ("version_after", models.TextField(null=True)),
        ("booked_at", models.DateTimeField()),
    ],
    options={
        "indexes": [
            models.Index(fields=["org_id", "month", "id"], name="metering_adjustment_month")
        ],
    },
)

CLOSED_PERIOD = migrations.CreateModel(
    name="ClosedPeriod",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("month", models.DateField()),
        ("actor", models.JSONField()),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "month"), name="metering_closed_month")
        ],
    },
)

OWN_PRICE = migrations.CreateModel(
    name="OwnPrice",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("provider", models.TextField(blank=True)),
        ("model", models.TextField()),
        ("type", models.TextField(default="tokens")),
        ("rates", models.JSONField(default=dict)),
        ("batch_rates", models.JSONField(null=True)),
        ("per_request", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
        ("per_unit", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("currency", models.TextField(db_default="USD")),
        ("valid_from", models.DateTimeField()),
        ("withdrawn_at", models.DateTimeField(null=True)),
        ("note", models.TextField(blank=True)),
        ("actor", models.JSONField()),
    ],
    options={
        "indexes": [models.Index(fields=["org_id", "model"], name="metering_ownprice_model")],
    },
)

PRICE_VERSION = migrations.CreateModel(
    name="PriceVersion",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("version", models.TextField()),
        ("provider", models.TextField()),
        ("model", models.TextField()),
        ("rates", models.JSONField()),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "version"), name="metering_priceversion_once")
        ],
    },
)

UNPRICED_MODEL = migrations.CreateModel(
    name="UnpricedModel",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("month", models.DateField()),
        ("type", models.TextField()),
        ("provider", models.TextField(blank=True)),
        ("model", models.TextField(blank=True)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "month", "type", "provider", "model"),
                name="metering_unpriced_once",
            )
        ],
    },
)

USAGE_RECEIPT = migrations.CreateModel(
    name="UsageReceipt",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("type", models.TextField(blank=True)),
        ("time", models.DateTimeField()),
        ("status", models.TextField()),
        ("code", models.TextField(blank=True)),
        ("detail", models.TextField(blank=True)),
    ],
    options={
        "indexes": [
            models.Index(fields=["org_id", "time"], name="metering_receipt_time"),
            models.Index(fields=["created_at"], name="metering_receipt_age"),
        ],
    },
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity"), ("events", "0001_initial")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[TABLES], state_operations=[USAGE, SEEN]
        ),
        ROLLUP,
        ADJUSTMENT,
        CLOSED_PERIOD,
        OWN_PRICE,
        PRICE_VERSION,
        UNPRICED_MODEL,
        USAGE_RECEIPT,
        # Rows of rollups are changed again and again.
        migrations.RunSQL(
            "ALTER TABLE metering_rollup SET (fillfactor = 70)", migrations.RunSQL.noop
        ),
        *(
            foreign_key(f"metering_{table}", "org_id", "tenancy_organization")
            for table in (
                "rollup",
                "adjustment",
                "closedperiod",
                "ownprice",
                "priceversion",
                "unpricedmodel",
                "usagereceipt",
            )
        ),
        KEEP_PARTITIONS,
        migrations.RunSQL("SELECT metering_keep_partitions(12, 3)", migrations.RunSQL.noop),
        PURGE_RECEIPTS,
        ORGS_TO_CLOSE,
        STORAGE,
    ]
