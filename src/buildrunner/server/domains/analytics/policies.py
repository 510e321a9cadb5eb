"""Whose figures they are, and who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    ProjectAccess,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound

READ: Final = "analytics.read"


@contextmanager
def place_scope(
    actor: Actor,
    absent: NotFound,
    *,
    org_id: UUID,
    project_id: UUID | None,
    permission: str = READ,
) -> Iterator[OrgAccess | ProjectAccess]:
    """The scope of the project, or of the organization, that something named by its id alone
    belongs to. Raises `absent` to those who stand outside, Forbidden without the permission."""
    entered = False
    try:
        if project_id is not None:
            with project_scope(actor, project_id, permission) as inside:
                entered = True
                yield inside
        else:
            with organization_scope(actor, org_id) as whole:
                entered = True
                whole.require(permission)
                yield whole
    except NotFound:
        if entered:
            raise
        raise absent from None
