"""The plans room tells which revision is current."""

from __future__ import annotations

from django.utils import timezone

from buildrunner.server.domains.tenancy.models import Project
from buildrunner.server.domains.tenancy.types import ProjectAccess


def record_head(access: ProjectAccess, *, revision: int, document_hash: str) -> None:
    """Note the stored plan's revision and hash with the project; call in its `project_scope`.

    No event: the plans room emits `plan.revised` for the same change.
    """
    Project.objects.filter(id=access.project_id).update(
        head_revision=revision, head_hash=document_hash, updated_at=timezone.now()
    )
