"""A migration that a running older version could not live with says why it may."""

from __future__ import annotations

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from buildrunner.server.operations.upgrade import breaking

# What stood before the first release: nobody runs a version without it.
FOUNDATION = {
    "events": 1,
    "jobs": 1,
    "identity": 9,
    "tenancy": 6,
    "plans": 1,
    "http": 9,
    "notifications": 9,
}


def test_every_migration_keeps_to_the_rule() -> None:
    loader = MigrationLoader(None)
    wrong = []
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if not migration.__module__.startswith("buildrunner.") or getattr(
            migration, "contract", ""
        ):
            continue
        if int(name[:4]) <= FOUNDATION.get(app, 0):
            continue
        before = loader.project_state((app, name), at_end=False)
        wrong += [f"{app}.{name}: {what}" for what in breaking(migration, before)]
    assert wrong == [], "see docs/guides/upgrade.md: expand, deploy, contract"


def state() -> ProjectState:
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.TextField(null=True)),
        ("title", models.TextField()),
    ]
    made = ProjectState()
    made.add_model(ModelState("shop", "Order", fields))
    return made


def judged(*operations: migrations.operations.base.Operation) -> list[str]:
    migration = type("Migration", (migrations.Migration,), {"operations": list(operations)})
    return breaking(migration("0002", "shop"), state())


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RenameField("order", "note", "remark"),
        migrations.RemoveField("order", "note"),
        migrations.RenameModel("Order", "Purchase"),
        migrations.DeleteModel("Order"),
        migrations.AlterModelTable("order", "purchases"),
        migrations.AddField("order", "size", models.IntegerField(default=1)),
        migrations.AlterField("order", "note", models.TextField(default="")),
        migrations.AlterField("order", "title", models.IntegerField()),
        migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN note"),
        migrations.RunSQL("ALTER TABLE shop_order ALTER COLUMN note SET NOT NULL"),
        migrations.RunSQL("ALTER TABLE shop_order RENAME TO purchases"),
        migrations.RunSQL("alter table shop_order alter column id type int"),
    ],
    ids=lambda operation: operation.describe()[:50],
)
def test_what_breaks_a_running_version_is_seen(
    operation: migrations.operations.base.Operation,
) -> None:
    assert judged(operation) != []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("order", "size", models.IntegerField(null=True)),
        migrations.AddField("order", "size", models.IntegerField(db_default=1)),
        migrations.AlterField("order", "title", models.TextField(null=True)),
        migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddIndex("order", models.Index(fields=["title"], name="title")),
        migrations.RunSQL("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        migrations.RunSQL("DROP FUNCTION f()"),
    ],
    ids=lambda operation: operation.describe()[:50],
)
def test_what_a_running_version_survives_passes(
    operation: migrations.operations.base.Operation,
) -> None:
    assert judged(operation) == []


def test_a_new_table_is_nobodys_yet() -> None:
    made = migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True))])
    assert judged(made, migrations.AddField("item", "size", models.IntegerField())) == []
