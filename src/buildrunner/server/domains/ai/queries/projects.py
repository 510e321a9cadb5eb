"""Which project is meant where a request does not say."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.tenancy.facade import list_projects
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid


def project_meant(actor: Actor, project_id: UUID | None) -> UUID:
    """The one named, that of the key, or the caller's only one. Raises Invalid."""
    named = project_id or actor.project_id
    if named is not None:
        return named
    found = [one for one in list_projects(actor, limit=50) if one.archived_at is None]
    if len(found) == 1:
        return found[0].id
    raise Invalid(
        "Say which project is meant: `project_id`. Only a key that is bound to a project, or who "
        "sees just one, may leave it out.",
        field="project_id",
    )
