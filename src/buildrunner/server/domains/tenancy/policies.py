"""What an actor may do in a tenant, and how a refusal is worded."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.types import LocatedProject, OrgAccess, ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, NotFound


def judge_project(actor: Actor, project_id: UUID, located: LocatedProject | None) -> ProjectAccess:
    """The access of an actor who asks for a project.

    `NotFound` to whoever stands outside its organization, or holds a key bound elsewhere.
    """
    if (
        located is None
        or actor.org_id not in (None, located.org_id)
        or actor.project_id not in (None, project_id)
    ):
        raise no_project(project_id)
    roles = rules.of_roles(located.org_role, located.project_role)
    return ProjectAccess(
        org_id=located.org_id,
        project_id=project_id,
        title=located.title,
        archived_at=located.archived_at,
        org_role=located.org_role,
        project_role=located.project_role,
        permissions=roles & rules.of_scopes(actor.scopes),
        refuse=lambda missing: refusal(missing, roles, in_project=True),
    )


def judge_organization(actor: Actor, org_id: UUID, role: str | None) -> OrgAccess:
    """The access of an actor with a role in an organization; `NotFound` without one."""
    if role is None or actor.person_id is None:
        raise no_organization(org_id)
    roles = rules.of_roles(role)
    return OrgAccess(
        org_id=org_id,
        person_id=actor.person_id,
        role=role,
        permissions=roles & rules.of_scopes(actor.scopes),
        refuse=lambda missing: refusal(missing, roles, in_project=False),
    )


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
