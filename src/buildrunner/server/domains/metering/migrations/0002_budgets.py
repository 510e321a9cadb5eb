"""Budgets, their balances, what is held against them, approvals and quotas."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

_ROW: list[tuple[str, Any]] = [
    ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
    ("created_at", models.DateTimeField(auto_now_add=True)),
    ("org_id", models.UUIDField(editable=False)),
]


def _money() -> Any:
    return models.DecimalField(decimal_places=10, max_digits=20)


def _sum() -> Any:
    return models.DecimalField(db_default=0, decimal_places=10, default=0, max_digits=30)


BUDGET = migrations.CreateModel(
    name="Budget",
    fields=[
        *_ROW,
        ("project_id", models.UUIDField(null=True)),
        ("scope", models.TextField()),
        ("subject", models.TextField(blank=True)),
        ("target", models.TextField()),
        ("name", models.TextField(blank=True)),
        ("period", models.TextField()),
        ("amount", _money()),
        ("hard", models.BooleanField(default=False)),
        ("alert_threshold", models.DecimalField(decimal_places=4, max_digits=5)),
        ("locked", models.BooleanField(default=False)),
        ("enabled", models.BooleanField(default=True)),
        ("origin", models.TextField(blank=True)),
        ("actor", models.JSONField()),
        ("ended_at", models.DateTimeField(null=True)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "id"), name="metering_budget_row"),
            models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("org_id", "target", "period", "origin"),
                name="metering_budget_once",
            ),
            models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="metering_budget_amount"
            ),
        ],
    },
)

BALANCE = migrations.CreateModel(
    name="Balance",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        (
            "pk",
            models.CompositePrimaryKey(
                "org_id",
                "budget_id",
                "start",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("budget_id", models.UUIDField()),
        ("start", models.DateTimeField()),
        ("spent", _sum()),
        ("reserved", _sum()),
        ("lifted", _sum()),
        (
            "told",
            models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=5),
        ),
        ("refused_at", models.DateTimeField(null=True)),
    ],
    options={"abstract": False},
)

HOLD = migrations.CreateModel(
    name="Hold",
    fields=[
        *_ROW,
        ("kind", models.TextField()),
        ("project_id", models.UUIDField(null=True)),
        ("amount", _money()),
        ("actual", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("state", models.TextField(default="open")),
        ("targets", ArrayField(base_field=models.TextField(), size=None)),
        ("budgets", ArrayField(base_field=models.UUIDField(), size=None)),
        ("starts", ArrayField(base_field=models.DateTimeField(), size=None)),
        ("expires_at", models.DateTimeField()),
        ("ended_at", models.DateTimeField(null=True)),
    ],
    options={
        "indexes": [
            models.Index(
                condition=models.Q(("state", "open")),
                fields=["expires_at"],
                name="metering_hold_due",
            ),
            models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["ended_at"],
                name="metering_hold_ended",
            ),
        ],
    },
)

LIFT = migrations.CreateModel(
    name="Lift",
    fields=[
        *_ROW,
        ("project_id", models.UUIDField(null=True)),
        ("budget_id", models.UUIDField()),
        ("start", models.DateTimeField()),
        ("amount", _money()),
        ("reason", models.TextField()),
        ("actor", models.JSONField()),
        ("person_id", models.UUIDField()),
    ],
    options={"abstract": False},
)

QUOTA_SETTING = migrations.CreateModel(
    name="QuotaSetting",
    fields=[*_ROW, ("type", models.TextField()), ("overage", models.BooleanField())],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "type"), name="metering_quota_once")
        ],
    },
)

QUOTA_WARNING = migrations.CreateModel(
    name="QuotaWarning",
    fields=[
        *_ROW,
        ("month", models.DateField()),
        ("type", models.TextField()),
        ("level", models.DecimalField(decimal_places=4, max_digits=5)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "month", "type", "level"), name="metering_quota_told"
            )
        ],
    },
)


class Migration(migrations.Migration):
    """Tables; what locks them follows in 0003."""

    dependencies: ClassVar = [("metering", "0001_initial")]
    operations: ClassVar = [
        BUDGET,
        BALANCE,
        HOLD,
        LIFT,
        QUOTA_SETTING,
        QUOTA_WARNING,
        # Rows of balances are changed with every call.
        migrations.RunSQL(
            "ALTER TABLE metering_balance SET (fillfactor = 50)", migrations.RunSQL.noop
        ),
        *(
            foreign_key(f"metering_{table}", "org_id", "tenancy_organization")
            for table in ("budget", "hold", "quotasetting", "quotawarning")
        ),
        tenant_foreign_key("metering_budget", "project_id", "tenancy_project"),
        tenant_foreign_key("metering_hold", "project_id", "tenancy_project"),
        tenant_foreign_key("metering_balance", "budget_id", "metering_budget"),
        tenant_foreign_key("metering_lift", "budget_id", "metering_budget"),
    ]
