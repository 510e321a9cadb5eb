"""Which rows travel in archives, and how one row becomes a line of JSON and a row again.

A model with a `project_id` declares `in_archive`: `Archived(…)` when its rows belong to the history
of the project, `Left("why")` when they stay behind. A test fails for a model that says nothing, so
what later rooms keep is never forgotten.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models

from buildrunner.server.platform.db.rows import Row
from buildrunner.server.platform.errors import Invalid

MOST_DEPTH = 100
_BATCH = 500


class ArchiveInvalid(Invalid):
    """An archive is not whole, not ours, or holds what may not be stored."""

    code = "archive_invalid"
    title = "The archive cannot be imported"


# What checks may know of rows that came before: table → id → columns.
Earlier = Mapping[str, Mapping[UUID, Mapping[str, Any]]]


class Checker(Protocol):
    """Looks at the rows of one table in order; raises `DomainError`."""

    def row(self, values: dict[str, Any]) -> None:
        """Judge a row, by column; it may be changed in place."""

    def finish(self) -> None:
        """After the last row."""


@dataclass(frozen=True, slots=True)
class Archived:
    """The rows of a project travel, in this `order`; tables with a lower `rank` come first.

    `references` hold ids of other rows that travel, `people` ids of persons (which mean nothing
    elsewhere and become null), `actors` actor records (which get the mark `imported`). `left_out`
    stay behind; an import gives them their default, or what `fixed` says. `check` is made with
    the values of the project's row and what earlier tables `keeps` of their rows, by table and id.

    Without a `project_column` the rows of a project are those `within` rows of another table that
    travel: column → table. `sized` names the column of sizes of rows that are files: of those as
    many of the newest travel as there is room for. Rows that do not stay for good are not `lasting`: nobody misses them when the
    same archive comes again.
    """

    order: tuple[str, ...] = ("id",)
    rank: int = 10
    project_column: str | None = "project_id"
    within: Mapping[str, str] = field(default_factory=dict)
    sized: str | None = None
    keeps: tuple[str, ...] | None = None
    lasting: bool = True
    references: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any], Earlier], Checker] | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """The rows stay behind, for a reason."""

    reason: str


class Table:
    """One table of a project archive."""

    def __init__(self, model: type[Row], declared: Archived) -> None:
        self.model = model
        self.declared = declared
        self.name = model._meta.db_table
        out = {*declared.left_out, "org_id"}
        self.fields = [
            one
            for one in model._meta.concrete_fields
            if not one.generated and one.column not in out
        ]

    @property
    def has_own_ids(self) -> bool:
        """Whether a row can be known again by its id."""
        return any(one.primary_key and isinstance(one, models.UUIDField) for one in self.fields)

    def rows(self, project_id: UUID, *, most: int | None = None) -> models.QuerySet[Row]:
        """The project's rows; of those with sizes as many of the newest as `most` holds."""
        declared, every = self.declared, self.model._default_manager
        if declared.project_column:
            found = every.filter(**{declared.project_column: project_id})
        else:
            column, name = next(iter(declared.within.items()))
            above = next(one for one in tables() if one.name == name)
            inside = above.rows(project_id, most=most).values("id")
            found = every.filter(**{f"{column}__in": inside})
        if most is None or declared.sized is None:
            return found
        taken, size = [], 0
        for row_id, more in found.order_by("-id").values_list("id", declared.sized):
            size += more
            if size > most:
                break
            taken.append(row_id)
        return every.filter(id__in=taken)

    def lines(self, project_id: UUID, *, most: int | None = None) -> Iterator[bytes]:
        """The project's rows as lines of JSON, read with a cursor; the tenant scope is set."""
        rows = (
            self.rows(project_id, most=most)
            .order_by(*self.declared.order)
            .values_list(*(one.attname for one in self.fields))
        )
        for row in rows.iterator(chunk_size=200):
            values = {one.column: told(value) for one, value in zip(self.fields, row, strict=True)}
            for name in self.declared.actors:
                if isinstance(values.get(name), dict):  # the id of a key stays inside
                    values[name] = {k: v for k, v in values[name].items() if k != "key"}
            yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def read(self, line: bytes) -> dict[str, Any]:
        """A line as values by column; raises `ArchiveInvalid` for anything but what was written."""
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise ArchiveInvalid(f"A line of {self.name} is not a JSON object.")
        unknown = sorted(given.keys() - {one.column for one in self.fields})
        if unknown:
            raise ArchiveInvalid(
                f"{self.name} has columns that this server does not know ({unknown[0]}): the "
                "archive was made by a newer one."
            )
        return {one.column: self._value(one, given) for one in self.fields}

    def _value(self, one: models.Field[Any, Any], given: dict[str, Any]) -> Any:
        if one.column not in given:
            if not (one.null or one.has_default()):
                raise ArchiveInvalid(f"A row of {self.name} lacks {one.column}.")
            return one.get_default()
        value = _understood(one, given[one.column])
        if value is _WRONG:
            raise ArchiveInvalid(f"{self.name}.{one.column} holds what does not belong there.")
        try:
            if value is not None:
                one.run_validators(value)
        except ValidationError as problem:
            raise ArchiveInvalid(f"{self.name}.{one.column}: {problem.messages[0]}") from None
        return value

    def settle(
        self, values: dict[str, Any], *, new_id: Callable[[UUID], UUID], org_id: UUID
    ) -> dict[str, Any]:
        """The row as it is written here."""
        named = {"id", self.declared.project_column, *self.declared.references}
        for name in named | self.declared.within.keys():
            if name and isinstance(values.get(name), UUID):
                values[name] = new_id(values[name])
        for name in self.declared.people:
            values[name] = None
        for name in self.declared.actors:
            if isinstance(values[name], dict):
                values[name] = {**values[name], "imported": True}
        return {**values, **self._defaults(), **self.declared.fixed, "org_id": org_id}

    def _defaults(self) -> dict[str, Any]:
        """For columns that stayed behind and that the database does not fill in."""
        return {
            one.column: one.get_default()
            for one in self.model._meta.concrete_fields
            if one.column in self.declared.left_out
            and not isinstance(one, models.AutoField)
            and one.db_default is models.NOT_PROVIDED
        }

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Insert rows in the scope of their organization."""
        if not rows:
            return
        columns = list(rows[0])
        known = {one.column: one for one in self.model._meta.concrete_fields}
        quoted = ", ".join(connection.ops.quote_name(name) for name in columns)
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {self.name} ({quoted}) VALUES ({places})"  # noqa: S608 (own names)
        with connection.cursor() as cursor:
            cursor.executemany(
                statement,
                [
                    [known[name].get_db_prep_save(row[name], connection) for name in columns]
                    for row in rows
                ],
            )

    def batches(self, rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """Rows in groups that are written together."""
        waiting: list[dict[str, Any]] = []
        for row in rows:
            waiting.append(row)
            if len(waiting) >= _BATCH:
                yield waiting
                waiting = []
        yield waiting


def declarations() -> Iterator[tuple[type[Row], Archived | Left | None]]:
    """What every model of a project's rows says; `None` where it says nothing."""
    for model in apps.get_models():
        names = {one.name for one in model._meta.get_fields()}
        declared = getattr(model, "in_archive", None)
        if issubclass(model, Row) and ("project_id" in names or declared is not None):
            yield model, declared


def tables() -> list[Table]:
    """The tables of a project archive, in the order in which they are written and read."""
    found = [
        Table(model, declared)
        for model, declared in declarations()
        if isinstance(declared, Archived)
    ]
    return sorted(found, key=lambda table: (table.declared.rank, table.name))


def renamed(secret: bytes) -> Callable[[UUID], UUID]:
    """New ids for old: the same new one whenever the same old one comes, in the order of the old
    ones (version 7 keeps its time), and not to be guessed without the secret."""

    def new_id(old: UUID) -> UUID:
        digest = hashlib.blake2b(old.bytes, key=secret, digest_size=10).digest()
        number = int.from_bytes(old.bytes[:6] + digest)
        number &= ~(0xF << 76) & ~(0x3 << 62)
        return UUID(int=number | (7 << 76) | (2 << 62))

    return new_id


_WRONG = object()


def told(value: Any) -> Any:
    """A column as JSON has it."""
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    return value


def _understood(one: models.Field[Any, Any], value: Any) -> Any:
    """A JSON value as the field's own, `_WRONG` where it cannot be."""
    if value is None and (one.null or isinstance(one, models.JSONField)):
        return None
    try:
        return _of_kind(one, value)
    except (ValueError, TypeError, InvalidOperation, binascii.Error, OverflowError):
        return _WRONG


def _of_kind(one: models.Field[Any, Any], value: Any) -> Any:
    match one:
        case models.UUIDField():
            return UUID(value) if isinstance(value, str) else _WRONG
        case models.DateTimeField():
            at = datetime.fromisoformat(value)
            return at if at.tzinfo is not None else _WRONG
        case models.JSONField():
            return value if _storable(value) else _WRONG
        case models.BinaryField():
            return base64.b64decode(value, validate=True)
        case models.BooleanField():
            return value if isinstance(value, bool) else _WRONG
        case models.IntegerField():
            return value if isinstance(value, int) and not isinstance(value, bool) else _WRONG
        case models.DecimalField():
            return Decimal(value) if isinstance(value, str) else _WRONG
        case models.FloatField():
            return float(value) if isinstance(value, (int, float)) else _WRONG
        case models.CharField() | models.TextField():
            chosen = not one.choices or value in {key for key, _ in one.flatchoices}
            return value if isinstance(value, str) and chosen and _storable(value) else _WRONG
    raise TypeError(
        f"{one.model.__name__}.{one.name}: {type(one).__name__} has no form in archives"
    )


def _storable(value: Any, depth: int = 0) -> bool:
    """JSON that PostgreSQL can keep: no NUL, no half of a surrogate pair, not nested too deep."""
    if isinstance(value, str):
        return _encodes(value)
    if depth > MOST_DEPTH:
        return False
    if isinstance(value, list):
        return all(_storable(member, depth + 1) for member in value)
    if isinstance(value, dict):
        return all(_storable(k) and _storable(v, depth + 1) for k, v in value.items())
    return not isinstance(value, float) or math.isfinite(value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
