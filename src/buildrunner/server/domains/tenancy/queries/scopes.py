"""Opening a tenant for an actor: one transaction in which only its rows are seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.types import OrgAccess, ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import open_scope, tenant_scope
from buildrunner.server.platform.http.quotas import charge_organization
from buildrunner.server.platform.observe import visits


@contextmanager
def project_scope(
    actor: Actor, project_id: UUID, permission: str = "project.read"
) -> Iterator[ProjectAccess]:
    """One transaction in the scope of a project's organization.

    Raises `NotFound` to whoever stands outside the organization (or holds a key bound to another
    project), `Forbidden` to its people without `permission` or without what the organization
    demands of sessions, `Conflict` to those who would change what is archived.
    """
    with open_scope():
        located = lookups.enter_project(project_id, actor.person_id) if actor.person_id else None
        access = policies.judge_project(actor, project_id, located)
        visits.entered_scope(access.org_id)
        access.require(permission)
        charge_organization(access.org_id)
        yield access


@contextmanager
def organization_scope(
    actor: Actor, org_id: UUID, permission: str = "org.read"
) -> Iterator[OrgAccess]:
    """One transaction in the scope of an organization; refusals as in `project_scope`.

    A key bound to a project reaches nothing organization-wide: to it the organization is absent.
    """
    if actor.person_id is None or actor.project_id or actor.org_id not in (None, org_id):
        raise policies.no_organization(org_id)
    with tenant_scope(org_id):
        member = lookups.member_of(org_id, actor.person_id)
        access = policies.judge_organization(actor, org_id, member)
        access.require(permission)
        charge_organization(access.org_id)
        yield access
