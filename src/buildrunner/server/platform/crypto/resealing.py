"""Every sealed value, moved to the newest master key. Runs as the owner role.

A model names its sealed columns: `sealed: ClassVar[dict[str, str]] = {"secret": "webhooks.secret"}`
(column → purpose; in a JSON column every sealed text inside it). For models of others an
application's AppConfig does: `sealed = {"mfa.Authenticator": {"data": "…"}}`. What is sealed and
not declared is found by its mark: the key is then not dropped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from buildrunner.server.platform.crypto.sealing import SealBroken, reseal

_BATCH = 500


class SealedColumn(NamedTuple):
    """Where sealed texts stand, and the purpose they were sealed for."""

    table: str
    key: str
    column: str
    purpose: str
    is_json: bool


class Pass(NamedTuple):
    """How many values were moved, and how many did not open, by `table.column`."""

    moved: int
    broken: dict[str, int]


def sealed_columns() -> Iterator[SealedColumn]:
    """All that models and applications declare."""
    for model in apps.get_models():
        for column, purpose in getattr(model, "sealed", {}).items():
            yield _column(model, column, purpose)
    for config in apps.get_app_configs():
        for label, columns in getattr(config, "sealed", {}).items():
            if not apps.is_installed(config.name):
                continue
            for column, purpose in columns.items():
                yield _column(apps.get_model(label), column, purpose)


def _column(model: type[models.Model], name: str, purpose: str) -> SealedColumn:
    meta = model._meta
    found = meta.get_field(name)
    return SealedColumn(
        meta.db_table,
        str(meta.pk.column),
        str(getattr(found, "column", name)),
        purpose,
        isinstance(found, models.JSONField),
    )


def reseal_all(mark: str) -> Pass:
    """Move every declared value that begins with `mark` to the newest key, batch by batch."""
    moved = 0
    broken: dict[str, int] = {}
    for column in sealed_columns():
        last: Any = None
        while True:
            with transaction.atomic():
                rows = _rows(column, mark, last)
                for key, value in rows:
                    try:
                        fresh = _resealed(value, column)
                    except SealBroken:
                        place = f"{column.table}.{column.column}"
                        broken[place] = broken.get(place, 0) + 1
                        continue
                    _store(column, key, fresh)
                    moved += 1
            if len(rows) < _BATCH:
                break
            last = rows[-1][0]
    return Pass(moved, broken)


def _rows(column: SealedColumn, mark: str, last: Any) -> list[tuple[Any, Any]]:
    after = sql.SQL("AND {key} > %s").format(key=sql.Identifier(column.key))
    question = sql.SQL(
        "SELECT {key}, {column}::text FROM {table} WHERE strpos({column}::text, %s) > 0"
        " {after} ORDER BY {key} LIMIT {limit} FOR UPDATE"
    ).format(
        key=sql.Identifier(column.key),
        column=sql.Identifier(column.column),
        table=sql.Identifier(column.table),
        after=after if last is not None else sql.SQL(""),
        limit=sql.Literal(_BATCH),
    )
    with connection.cursor() as cursor:
        cursor.execute(question.as_string(), [mark, *([last] if last is not None else [])])
        return list(cursor.fetchall())


def _store(column: SealedColumn, key: Any, value: str) -> None:
    statement = sql.SQL("UPDATE {table} SET {column} = %s{cast} WHERE {key} = %s").format(
        table=sql.Identifier(column.table),
        column=sql.Identifier(column.column),
        cast=sql.SQL("::jsonb" if column.is_json else ""),
        key=sql.Identifier(column.key),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(), [value, key])


def _resealed(value: str, column: SealedColumn) -> str:
    def fresh(text: str) -> str:
        return reseal(text, column.purpose) if text.startswith("v1.") else text

    if not column.is_json:
        return fresh(value)
    return json.dumps(_in_tree(json.loads(value), fresh))


def _in_tree(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_in_tree(member, change) for member in value]
    if isinstance(value, dict):
        return {name: _in_tree(member, change) for name, member in value.items()}
    return value


def left_under(mark: str) -> dict[str, int]:
    """Every column of the schema that still holds texts with this mark, declared or not."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea')"
        )
        for table, column, kind in cursor.fetchall():
            looked_for: str | bytes = mark.encode() if kind == "bytea" else mark
            question = sql.SQL("SELECT count(*) FROM {} WHERE position(%s IN {}{}) > 0").format(
                sql.Identifier(table),
                sql.Identifier(column),
                sql.SQL("" if kind == "bytea" else "::text"),
            )
            cursor.execute(question.as_string(), [looked_for])
            row = cursor.fetchone()
            if row and row[0]:
                found[f"{table}.{column}"] = int(row[0])
    return found
