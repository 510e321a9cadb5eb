"""A project as one file: its rows and their history, from one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from uuid import UUID

from django.db import connection, transaction

from buildrunner.server.domains.tenancy.queries.scopes import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db import archive
from buildrunner.server.platform.db.archive_file import ArchiveWriter
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit

KIND = "project"
# How much of files an archive takes: it has to fit into the request that brings it in.
MOST_FILES = 48 * 1024 * 1024


def export_project(actor: Actor, project_id: UUID, *, target: IO[bytes]) -> dict[str, Any]:
    """Write a project's archive into a binary file; its manifest.

    Needs `project.read`, `plan.read` and `event.read`: the archive holds what these show.
    """
    with project_scope(actor, project_id, "project.read") as access:
        access.require("plan.read")
        access.require("event.read")
        emit(
            "project.exported",
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=str(project_id),
        )
    with one_picture(access.org_id):
        return write_project(target, project_id, title=access.title)


def write_project(
    target: IO[bytes],
    project_id: UUID,
    *,
    title: str,
    without: frozenset[str] = frozenset(),
    most_files: int = MOST_FILES,
) -> dict[str, Any]:
    """The archive of a project in the running scope, without some tables; its manifest.

    Of files the newest are taken, so many bytes of them; how many stay is in `left_behind`.
    """
    left: dict[str, int] = {}
    about = {"project_id": str(project_id), "title": title, "left_behind": left}
    writer = ArchiveWriter(target, KIND, about)
    for table in archive.tables():
        if table.name in without:
            continue
        count = writer.add(table.name, table.lines(project_id, most=most_files))
        if table.declared.sized is not None:
            left[table.name] = table.rows(project_id).count() - count
    return writer.finish()


@contextmanager
def one_picture(org_id: UUID) -> Iterator[None]:
    """A transaction that reads everything as of one moment, in the scope of an organization.

    Inside another transaction it reads as that one does.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with tenant_scope(org_id):
            yield
