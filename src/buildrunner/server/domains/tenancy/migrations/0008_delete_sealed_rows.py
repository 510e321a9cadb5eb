"""The end of an organization takes its append-only tables along: their triggers let go for it."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

_BEFORE = import_module("buildrunner.server.domains.tenancy.migrations.0006_delete_organization")
_DELETE = _BEFORE.DELETE_ORGANIZATION

# Asked by the triggers; local to the transaction, and taken back right after.
_LET_GO = "PERFORM set_config('buildrunner.ledger_removal', '{}', true);\n    "


def _replacing(sql: str) -> str:
    return sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenancy", "0007_look_at_project")]

    operations: ClassVar = [
        migrations.RunSQL(
            _replacing(_DELETE.sql)
            .replace("FOR place IN", _LET_GO.format("organization") + "FOR place IN", 1)
            .replace("END LOOP;", "END LOOP;\n    " + _LET_GO.format("").rstrip(), 1),
            _replacing(_DELETE.sql),
        )
    ]
