"""A project out of an archive: with the ids it had, or as a copy with ids of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from buildrunner.server.domains.tenancy.actions.export_project import KIND
from buildrunner.server.domains.tenancy.models import Project, ProjectMembership
from buildrunner.server.domains.tenancy.policies import take_storage
from buildrunner.server.domains.tenancy.queries.actors import default_organization
from buildrunner.server.domains.tenancy.queries.projects import get_project
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.rules import LONGEST_TITLE, PM
from buildrunner.server.domains.tenancy.types import ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db import archive
from buildrunner.server.platform.db.archive import ArchiveInvalid, Table
from buildrunner.server.platform.db.archive_file import ArchiveReader
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import Conflict
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

_PROJECTS = Project._meta.db_table
# How many bytes of files an archive may unfold to.
MOST_FILES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportedProject:
    """The project that stands now; `created` is false where it stood already."""

    project: ProjectView
    created: bool
    rows: int


def import_project(
    actor: Actor, source: IO[bytes], *, org_id: UUID | None = None, as_copy: bool = False
) -> ImportedProject:
    """Import an archive into an organization, by default the actor's own.

    The same archive again changes nothing. Raises `ArchiveInvalid` for what is broken, altered or
    does not hold together, `Conflict` where the project stands here with another history
    (`archive_differs`) or the ids cannot be kept (`copy_needed`). Needs `project.create`.
    """
    reader = ArchiveReader(source, KIND)
    project_id = _project_id(reader)
    org_id = org_id or default_organization(actor)
    with organization_scope(actor, org_id, "project.create"):
        if not as_copy and Project.objects.filter(id=project_id).exists():
            return _stands_already(actor, reader, project_id)
        return bring_in(actor, reader, org_id, as_copy=as_copy)


def bring_in(
    actor: Actor, reader: ArchiveReader, org_id: UUID, *, as_copy: bool, title: str | None = None
) -> ImportedProject:
    """The rows of an archive into the organization of the running scope, all or none."""
    old_id = _project_id(reader)
    new_ids = archive.renamed(secrets.token_bytes(32))
    project_id = uuid7() if as_copy else old_id

    def new_id(old: UUID) -> UUID:
        if not as_copy:
            return old
        return project_id if old == old_id else new_ids(old)

    try:
        with transaction.atomic():
            count = _rows(reader, org_id, old_id, new_id, title)
    except IntegrityError as problem:
        raise _explained(problem) from None
    if actor.person_id:
        ProjectMembership.objects.create(
            org_id=org_id, project_id=project_id, person_id=actor.person_id, role=PM
        )
    project = Project.objects.get(id=project_id)
    emit(
        "project.imported",
        actor=actor,
        org_id=org_id,
        project_id=project_id,
        subject=str(project_id),
        data={"title": project.title, "from": str(old_id), "copy": as_copy, "rows": count},
    )
    with project_scope(actor, project_id) as access:
        return ImportedProject(get_project(access), created=True, rows=count)


def _rows(
    reader: ArchiveReader,
    org_id: UUID,
    old_id: UUID,
    new_id: Callable[[UUID], UUID],
    title: str | None,
) -> int:
    """Judge and write every row; how many."""
    tables = archive.tables()
    unknown = sorted(reader.members.keys() - {f"{table.name}.jsonl" for table in tables})
    if unknown:
        raise ArchiveInvalid(
            f"This server does not know {unknown[0]}: the archive was made by a newer one."
        )
    project = _project_row(reader, tables, old_id)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    count, earlier = 0, _Earlier()
    for table in tables:
        for batch in table.batches(_judged(reader, table, project, old_id, earlier)):
            for row in batch:
                if title is not None and table.name == _PROJECTS:
                    # A copy made now and here, to work in.
                    row |= {"title": title, "archived_at": None, "created_at": timezone.now()}
                if row.get("subject") == str(old_id):
                    row["subject"] = str(new_id(old_id))
            table.write([table.settle(row, new_id=new_id, org_id=org_id) for row in batch])
            count += len(batch)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    take_storage(org_id, earlier.size)
    return count


def _judged(
    reader: ArchiveReader, table: Table, project: dict[str, Any], old_id: UUID, earlier: _Earlier
) -> Iterator[dict[str, Any]]:
    declared = table.declared
    check = declared.check(project, earlier.rows) if declared.check else None
    for line in reader.lines(table.name):
        earlier.size += len(line)
        row = table.read(line)
        if declared.project_column and row[declared.project_column] != old_id:
            raise ArchiveInvalid(f"A row of {table.name} belongs to another project.")
        for column, above in declared.within.items():
            if row[column] not in earlier.rows.get(above, ()):
                raise ArchiveInvalid(f"A row of {table.name} hangs on none of {above}.")
        if check is not None:
            check.row(row)
        earlier.keep(table, row)
        yield row
    if check is not None:
        check.finish()


class _Earlier:
    """What is known of the rows that came before, their size, and that of the files among them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[UUID, dict[str, Any]]] = {}
        self.files = 0
        self.size = 0

    def keep(self, table: Table, row: dict[str, Any]) -> None:
        """Note a row for those that hang on it."""
        declared = table.declared
        if declared.keeps is not None:
            kept = {name: row[name] for name in declared.keeps}
            self.rows.setdefault(table.name, {})[row["id"]] = kept
        if declared.sized is not None:
            self.files += row[declared.sized]
            if self.files > MOST_FILES:
                raise ArchiveInvalid(f"The archive holds files of more than {MOST_FILES:,} bytes.")


def _project_row(reader: ArchiveReader, tables: list[Table], old_id: UUID) -> dict[str, Any]:
    table = next(one for one in tables if one.name == _PROJECTS)
    rows = [table.read(line) for line in reader.lines(table.name)]
    if len(rows) != 1 or rows[0]["id"] != old_id:
        raise ArchiveInvalid("The archive holds not one project, or not the one it names.")
    one_line(rows[0]["title"], "title", LONGEST_TITLE)
    return rows[0]


def _project_id(reader: ArchiveReader) -> UUID:
    try:
        return UUID(str(reader.manifest.get("project_id")))
    except ValueError:
        raise ArchiveInvalid("The archive names no project.") from None


def _stands_already(actor: Actor, reader: ArchiveReader, project_id: UUID) -> ImportedProject:
    """The project as it stands, if it holds every row of the archive; else `Conflict`."""
    with project_scope(actor, project_id) as access:
        missing: dict[str, int] = {}
        for table in archive.tables():
            if not (table.has_own_ids and table.declared.lasting) or table.name == _PROJECTS:
                continue
            rows = (table.read(line) for line in reader.lines(table.name))
            for batch in table.batches(rows):
                ids = [row["id"] for row in batch]
                here = table.rows(project_id).filter(id__in=ids).count()
                if here < len(ids):
                    missing[table.name] = missing.get(table.name, 0) + len(ids) - here
        if missing:
            raise Conflict(
                f"{access.title} stands here with another history: {sum(missing.values())} rows "
                "of the archive are not in it. Import it as a copy (`as_copy=true`), or sync a "
                "clone of it.",
                code="archive_differs",
                missing_rows=missing,
            )
        return ImportedProject(get_project(access), created=False, rows=0)


def _explained(problem: IntegrityError) -> Exception:
    """Told apart without telling what stands in another organization."""
    if isinstance(problem.__cause__, psycopg.errors.UniqueViolation):
        return Conflict(
            "The ids of this archive cannot be kept in this organization. Import it as a copy: "
            "`as_copy=true`.",
            code="copy_needed",
        )
    return ArchiveInvalid("The rows of the archive do not fit together.")
