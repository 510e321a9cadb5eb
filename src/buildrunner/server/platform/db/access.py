"""Roles, grants and row-level security, applied from the models' own declarations.

Runs as the owner role after every migration, in one transaction. A new table has no grant until
it has its policies, so there is no moment in which the web role could read it unscoped.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from buildrunner.server.platform.db.rows import Row
from buildrunner.server.platform.db.scope import SETTING


def tables() -> Iterator[type[Row]]:
    """Every model of the product that declares its access."""
    for model in apps.get_models():
        if issubclass(model, Row):
            yield model


def apply_access() -> None:
    """Grant what the models declare to the web and reader roles and force row-level security."""
    web = sql.Identifier(settings.BR_WEB_ROLE)
    reader = sql.Identifier(settings.BR_READER_ROLE)
    with transaction.atomic(), connection.cursor() as cursor:
        for role in (web, reader):
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role).as_string())
        for model in apps.get_models():
            table = sql.Identifier(model._meta.db_table)
            for role in (web, reader):
                cursor.execute(
                    sql.SQL("REVOKE ALL ON TABLE {} FROM {}").format(table, role).as_string()
                )
            web_grants, reader_grants = declared_grants(model)
            for role, granted in ((web, web_grants), (reader, reader_grants)):
                if granted:
                    rights = sql.SQL(", ").join(sql.SQL(right) for right in granted)
                    cursor.execute(
                        sql.SQL("GRANT {} ON TABLE {} TO {}")
                        .format(rights, table, role)
                        .as_string()
                    )
            if issubclass(model, Row) and model.leaf_grants:
                _grant_leaves(model, cursor)
            if issubclass(model, Row) and model.tenant_column:
                _force_policies(model, cursor)
        for role in (web, reader):
            cursor.execute(
                sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}")
                .format(role)
                .as_string()
            )
        # Readiness compares it with the code.
        cursor.execute(
            sql.SQL("GRANT SELECT ON TABLE django_migrations TO {}").format(web).as_string()
        )
        for signature in definer_functions():
            _grant_function(signature, cursor)


def definer_functions() -> Iterator[str]:
    """The look-up functions that the rooms declare, as `name(types)`.

    A room lists them in its AppConfig (`definer_functions: ClassVar[list[str]]`) and makes them in
    a migration (`operations.definer_function`).
    """
    for config in apps.get_app_configs():
        yield from getattr(config, "definer_functions", ())


def _grant_function(signature: str, cursor: CursorWrapper) -> None:
    web = sql.Identifier(settings.BR_WEB_ROLE)
    function = sql.SQL(signature)
    cursor.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(function).as_string())
    cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(function, web).as_string())


def declared_grants(model: type[models.Model]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Our own tables say it themselves; Django's (sessions, content types) are plain tables."""
    if issubclass(model, Row):
        return model.web_grants, model.reader_grants
    return ("SELECT", "INSERT", "UPDATE", "DELETE"), ()


def _grant_leaves(model: type[Row], cursor: CursorWrapper) -> None:
    """Rights on the partitions of a table themselves."""
    cursor.execute(
        "SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass) WHERE isleaf",
        [model._meta.db_table],
    )
    web = sql.Identifier(settings.BR_WEB_ROLE)
    rights = sql.SQL(", ").join(sql.SQL(right) for right in model.leaf_grants)
    for (leaf,) in cursor.fetchall():
        for statement in ("REVOKE ALL ON TABLE {t} FROM {w}", "GRANT {r} ON TABLE {t} TO {w}"):
            composed = sql.SQL(statement).format(t=sql.SQL(leaf), w=web, r=rights)
            cursor.execute(composed.as_string())


def _force_policies(model: type[Row], cursor: CursorWrapper) -> None:
    table = sql.Identifier(model._meta.db_table)
    column = sql.Identifier(model.tenant_column or "")
    scope = sql.SQL("NULLIF(current_setting({}, true), '')::uuid").format(sql.Literal(SETTING))
    statements = [
        sql.SQL("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY"),
        sql.SQL("ALTER TABLE {t} FORCE ROW LEVEL SECURITY"),
        sql.SQL("DROP POLICY IF EXISTS tenant ON {t}"),
        sql.SQL("CREATE POLICY tenant ON {t} TO {web} USING ({c} = {s}) WITH CHECK ({c} = {s})"),
        # FORCE binds the owner too; migrations, backup and the look-up functions run as it.
        sql.SQL("DROP POLICY IF EXISTS owner ON {t}"),
        sql.SQL("CREATE POLICY owner ON {t} TO CURRENT_USER USING (true) WITH CHECK (true)"),
        sql.SQL("DROP POLICY IF EXISTS reader ON {t}"),
    ]
    if model.reader_grants:
        statements.append(
            sql.SQL("CREATE POLICY reader ON {t} TO {r} USING (true) WITH CHECK (true)")
        )
    for statement in statements:
        cursor.execute(
            statement.format(
                t=table,
                c=column,
                s=scope,
                web=sql.Identifier(settings.BR_WEB_ROLE),
                r=sql.Identifier(settings.BR_READER_ROLE),
            ).as_string()
        )
