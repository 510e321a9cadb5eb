"""Opening a tenant for an actor: who it is there, what it may do, and how a refusal is worded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from buildrunner.server.domains.tenancy import queries, rules
from buildrunner.server.domains.tenancy.models import OrganizationMembership
from buildrunner.server.domains.tenancy.types import OrgAccess, ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden, NotFound


@contextmanager
def project_scope(
    actor: Actor, project_id: UUID, permission: str = "project.read"
) -> Iterator[ProjectAccess]:
    """One transaction in the scope of a project's organization.

    Raises `NotFound` to whoever stands outside the organization (or holds a key bound to another
    project), `Forbidden` to its people without `permission`.
    """
    with transaction.atomic():
        located = queries.locate_project(project_id, actor.person_id) if actor.person_id else None
        if (
            located is None
            or actor.org_id not in (None, located.org_id)
            or actor.project_id not in (None, project_id)
        ):
            raise no_project(project_id)
        roles = rules.of_roles(located.org_role, located.project_role)
        access = ProjectAccess(
            org_id=located.org_id,
            project_id=project_id,
            title=located.title,
            archived_at=located.archived_at,
            org_role=located.org_role,
            project_role=located.project_role,
            permissions=roles & rules.of_scopes(actor.scopes),
            refuse=lambda missing: refusal(missing, roles, in_project=True),
        )
        access.require(permission)
        with tenant_scope(located.org_id):
            yield access


@contextmanager
def organization_scope(
    actor: Actor, org_id: UUID, permission: str = "org.read"
) -> Iterator[OrgAccess]:
    """One transaction in the scope of an organization; refusals as in `project_scope`.

    A key bound to a project reaches nothing organization-wide, to it the organization is absent.
    """
    outside = actor.person_id is None or actor.project_id or actor.org_id not in (None, org_id)
    if outside:
        raise no_organization(org_id)
    with tenant_scope(org_id):
        membership = OrganizationMembership.objects.filter(
            org_id=org_id, person_id=actor.person_id
        ).first()
        if membership is None:
            raise no_organization(org_id)
        roles = rules.of_roles(membership.role)
        access = OrgAccess(
            org_id=org_id,
            role=membership.role,
            permissions=roles & rules.of_scopes(actor.scopes),
            refuse=lambda missing: refusal(missing, roles, in_project=False),
        )
        access.require(permission)
        yield access


def no_project(project_id: UUID) -> NotFound:
    """The same words whether it does not exist or belongs to somebody else."""
    return NotFound(
        f"No project {project_id} here. `GET /api/projects` lists those you can see.",
        code="project_not_found",
    )


def no_organization(org_id: UUID) -> NotFound:
    """The same words whether it does not exist or belongs to somebody else."""
    return NotFound(
        f"No organization {org_id} here. `GET /api/orgs` lists yours.",
        code="organization_not_found",
    )


def refusal(permission: str, roles: frozenset[str], *, in_project: bool) -> Forbidden:
    """Says which permission is missing, whether the key or the role lacks it, and who helps."""
    what = rules.PERMISSIONS.get(permission, permission)
    if permission in roles:  # the person may, the key may not
        scopes = rules.scopes_for(permission)
        return Forbidden(
            f"This key may not {what} ({permission}). Use a key with the scope "
            f"{' or '.join(scopes)}.",
            code="scope_missing",
            permission=permission,
            missing=[permission],
            scopes=scopes,
        )
    grantors = rules.who_can_grant(permission, in_project=in_project)
    words = ", ".join(rules.ROLE_TITLES[role] for role in grantors[:-1])
    return Forbidden(
        f"You may not {what} ({permission}). {words.capitalize()} or "
        f"{rules.ROLE_TITLES[grantors[-1]]} can grant it.",
        permission=permission,
        missing=[permission],
        granted_by=grantors,
    )


def person_in_full(actor: Actor, what: str) -> UUID:
    """The person behind an actor that is neither bound to a tenant nor narrowed by scopes.

    For what concerns the account itself: raises `Forbidden` to bound or narrowed keys.
    """
    if actor.person_id is None or actor.org_id or actor.project_id or "*" not in actor.scopes:
        raise Forbidden(
            f"This key may not {what}. Sign in, or use a personal key with the scope *.",
            code="scope_missing",
            scopes=["*"],
        )
    return actor.person_id
