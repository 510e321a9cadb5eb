"""What an actor may do in a tenant, and how a refusal is worded."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.models import OrganizationMembership, ProjectMembership
from buildrunner.server.domains.tenancy.types import (
    LocatedMember,
    LocatedProject,
    OrgAccess,
    ProjectAccess,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, DomainError, Forbidden, NotFound
from buildrunner.server.platform.gates import Gate

# Where a person sets up a second factor.
SECOND_FACTOR_PAGE = "/account/security"
# How many names a refusal gives.
NAMED = 5


@Gate
def seat_limit(org_id: UUID) -> int | None:  # noqa: ARG001  who answers needs it
    """How many seats an organization has; `None` is no limit, and so is nobody's answer."""
    return None


@Gate
def more_seats(org_id: UUID) -> str:  # noqa: ARG001  who answers needs it
    """Where there are more seats, as a sentence; empty where nobody sells any."""
    return ""


COLLABORATION = "collaboration"


@Gate
def require_feature(org_id: UUID, feature: str) -> None:
    """Raise unless the organization in scope may use a feature; where nobody answers it may."""


@Gate
def take_storage(org_id: UUID, size: int) -> None:
    """Count bytes that come into the organization in scope, or go where `size` is negative; refuse
    what it has no room for. Asked late in a transaction: others wait for its end."""


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
    guard(actor, located)
    roles = rules.of_roles(located.org_role, located.project_role)
    allowed = roles & rules.of_scopes(actor.scopes)

    def refuse(missing: str) -> DomainError:
        if located.archived_at and missing in allowed:
            return archived(located.title, project_id)
        return refusal(missing, roles, project_id=project_id)

    return ProjectAccess(
        org_id=located.org_id,
        project_id=project_id,
        title=located.title,
        archived_at=located.archived_at,
        org_role=located.org_role,
        project_role=located.project_role,
        permissions=allowed - rules.FROZEN if located.archived_at else allowed,
        refuse=refuse,
    )


def judge_organization(actor: Actor, org_id: UUID, member: LocatedMember | None) -> OrgAccess:
    """The access of an actor with a role in an organization; `NotFound` without one."""
    if member is None or actor.person_id is None:
        raise no_organization(org_id)
    guard(actor, member)
    roles = rules.of_roles(member.role)
    return OrgAccess(
        org_id=org_id,
        person_id=actor.person_id,
        role=member.role,
        permissions=roles & rules.of_scopes(actor.scopes),
        refuse=lambda missing: refusal(missing, roles),
    )


def guard(actor: Actor, demands: LocatedProject | LocatedMember) -> None:
    """Raise `Forbidden` unless the actor comes the way the organization demands."""
    if demands.enforce_https and not actor.secure:
        raise Forbidden(
            "This organization is entered over HTTPS only. Use the server's https:// address.",
            code="https_required",
        )
    if demands.require_mfa and not proven(actor):
        raise needs_second_factor("enter this organization")


def proven(actor: Actor) -> bool:
    """Whether a session was opened with a second factor; keys need none."""
    return actor.kind != "person" or actor.second_factor


def needs_second_factor(what: str) -> Forbidden:
    """Names the page on which a second factor is set up."""
    return Forbidden(
        f"You may {what} only when signed in with a second factor. Set one up at "
        f"`{SECOND_FACTOR_PAGE}`, or sign in again with the one you have.",
        code="second_factor_required",
        setup_url=SECOND_FACTOR_PAGE,
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


def no_service_account(service_id: UUID) -> NotFound:
    """The same words whether it never was or was removed."""
    return NotFound(f"No service account {service_id} here.", code="service_account_not_found")


def no_key(key_id: UUID) -> NotFound:
    """The same words whether it never was, was revoked, or is somebody else's."""
    return NotFound(f"No key {key_id} here, or it was revoked already.", code="key_not_found")


def refusal(permission: str, roles: frozenset[str], *, project_id: UUID | None = None) -> Forbidden:
    """Says which permission is missing, whether the key or the role lacks it, and who helps.

    Call it in the scope of the organization.
    """
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
    grantors = rules.who_can_grant(permission, in_project=project_id is not None)
    people = holders(grantors, project_id)
    return Forbidden(
        f"You may not {what} ({permission}). {_who(grantors)} can grant it{_such_as(people)}.",
        permission=permission,
        missing=[permission],
        granted_by=grantors,
        people=people,
    )


def archived(title: str, project_id: UUID) -> Conflict:
    """Says who can take a project out of the archive. Call it in the organization's scope."""
    grantors = rules.who_can_grant("project.manage", in_project=True)
    people = holders(grantors, project_id)
    return Conflict(
        f"{title} is archived and read-only. {_who(grantors)} can unarchive it{_such_as(people)}.",
        code="project_archived",
        permission="project.manage",
        granted_by=grantors,
        people=people,
    )


def holders(roles: list[str], project_id: UUID | None = None) -> list[dict[str, str]]:
    """Some people who hold one of the roles, as `{"name", "role"}`, the mightiest first."""
    found = list(
        OrganizationMembership.objects.filter(role__in=roles, kind="person")
        .order_by("id")
        .values_list("person_id", "role")[: NAMED * 2]
    )
    if project_id is not None:
        found += list(
            ProjectMembership.objects.filter(role__in=roles, project_id=project_id)
            .order_by("id")
            .values_list("person_id", "role")[:NAMED]
        )
    found.sort(key=lambda entry: roles.index(entry[1]))
    people = identity.people(person_id for person_id, _ in found)
    named: dict[UUID, dict[str, str]] = {}
    for person_id, role in found:
        if person_id in people and people[person_id].is_active:
            named.setdefault(person_id, {"name": people[person_id].name, "role": role})
    return list(named.values())[:NAMED]


def _who(grantors: list[str]) -> str:
    titles = [rules.ROLE_TITLES[role] for role in grantors]
    words = f"{', '.join(titles[:-1])} or {titles[-1]}" if titles[1:] else titles[0]
    return words[0].upper() + words[1:]


def _such_as(people: list[dict[str, str]]) -> str:
    return f": {', '.join(person['name'] for person in people)}" if people else ""


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
