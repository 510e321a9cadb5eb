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


def foreign_key(
    table: str, columns: str, target: str, target_columns: str = "id", *, on_delete: str = "CASCADE"
) -> migrations.RunSQL:
    """A foreign key into another room's table, where Django's own would tie the rooms' code.

    `columns` and `target_columns` are comma-separated.
    """
    name = f"{table}_{columns.replace(', ', '_')}_fk"
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
            f"REFERENCES {target} ({target_columns}) ON DELETE {on_delete} "
            "DEFERRABLE INITIALLY IMMEDIATE"
        ),
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def definer_function(
    signature: str,
    returns: str,
    body: str,
    *,
    header: str,
    language: str = "sql",
    volatility: str = "STABLE",
) -> migrations.RunSQL:
    """A function that runs as the owner: for questions that precede the tenant scope.

    `signature` names the parameter types (`f(uuid, uuid)`), `header` the parameters, `body` is
    what stands between the dollars. Nobody may run it until `apply_access` grants it to the web
    role (`AppConfig.definer_functions`).
    """
    name = signature.partition("(")[0]
    return migrations.RunSQL(
        sql=(
            f"CREATE FUNCTION {name}({header}) RETURNS {returns} "
            f"LANGUAGE {language} {volatility} SECURITY DEFINER "
            # A fixed path: the caller must not slip own tables or operators under the owner.
            f"SET search_path = pg_catalog, public, pg_temp AS $body$ {body} $body$;"
            f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
        ),
        reverse_sql=f"DROP FUNCTION {signature}",
    )
