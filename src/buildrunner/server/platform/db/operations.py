"""Migration operations that Django does not have."""

from __future__ import annotations

from django.db import migrations


def tenant_foreign_key(
    table: str, column: str, target: str, *, on_delete: str = "CASCADE"
) -> migrations.RunSQL:
    """A foreign key that includes the organization: `(org_id, column) → target (org_id, id)`.

    A row can then never point into another tenant, whatever the code does. `target` needs a
    unique constraint over `(org_id, id)`.
    """
    name = f"{table}_{column}_tenant_fk"
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (org_id, {column}) "
            f"REFERENCES {target} (org_id, id) ON DELETE {on_delete} DEFERRABLE INITIALLY IMMEDIATE"
        ),
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
