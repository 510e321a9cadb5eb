"""A project beside the one that it is a copy of."""

from __future__ import annotations

import tempfile
from uuid import UUID

from buildrunner.server.domains.tenancy.actions.export_project import KIND, write_project
from buildrunner.server.domains.tenancy.actions.import_project import MOST_FILES, bring_in
from buildrunner.server.domains.tenancy.models import Project
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.rules import LONGEST_TITLE
from buildrunner.server.domains.tenancy.types import ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.archive_file import ArchiveReader
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.text import one_line

_SUFFIX = " (copy)"
_IN_MEMORY = 8 * 1024 * 1024


def duplicate_project(actor: Actor, project_id: UUID, *, title: str | None = None) -> ProjectView:
    """A copy with the plan, its ids, its revisions and what was said, in the same organization.

    Claims stay where they are, and so does what happened in the project. Needs `plan.read` there
    and `project.create` in the organization.
    """
    with project_scope(actor, project_id, "plan.read") as access:
        wished = (
            title if title is not None else access.title[: LONGEST_TITLE - len(_SUFFIX)] + _SUFFIX
        )
        wished = one_line(wished, "title", LONGEST_TITLE)
        with organization_scope(actor, access.org_id, "project.create"):
            # Whoever writes a revision writes this row too: nothing changes while it is read.
            Project.objects.select_for_update().get(id=project_id)
            with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
                write_project(
                    file,
                    project_id,
                    title=access.title,
                    without=frozenset({Event._meta.db_table}),
                    most_files=MOST_FILES,
                )
                file.seek(0)
                reader = ArchiveReader(file, KIND)
                return bring_in(actor, reader, access.org_id, as_copy=True, title=wished).project
