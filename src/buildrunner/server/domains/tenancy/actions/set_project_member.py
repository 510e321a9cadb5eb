"""Who has a role in a project."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.models import (
    OrganizationMembership,
    ProjectMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.scopes import project_scope
from buildrunner.server.domains.tenancy.types import MemberView, ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, NotFound
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation


def set_project_member(
    actor: Actor,
    project_id: UUID,
    *,
    role: str,
    email: str | None = None,
    person_id: UUID | None = None,
) -> MemberView:
    """Give a member of the organization (by address or id; a service account by id) a role in a
    project, or change it.

    Raises `Invalid` for an unknown role, `NotFound` for who is no member of the organization,
    `Forbidden` when the role may more than the actor himself.
    """
    members.known_role(role, list(rules.PROJECT_ROLES))
    with project_scope(actor, project_id, "member.manage") as access:
        _may_hand_out(access, role)
        if person_id is None:
            person_id = _of_address(email or "")
        there = OrganizationMembership.objects.filter(person_id=person_id).first()
        if there is None:
            raise members.no_member()
        return grant(actor, access.org_id, project_id, there, role)


def grant(
    actor: Actor, org_id: UUID, project_id: UUID, there: OrganizationMembership, role: str
) -> MemberView:
    """Write the role down; the caller has judged it and set the scope."""
    email, name = name_of(there)
    before = ProjectMembership.objects.filter(
        project_id=project_id, person_id=there.person_id
    ).first()
    membership, created = ProjectMembership.objects.update_or_create(
        org_id=org_id,
        project_id=project_id,
        person_id=there.person_id,
        defaults={"role": role},
    )
    if created or before is None or before.role != role:
        emit(
            "project.member_set",
            actor=actor,
            org_id=org_id,
            project_id=project_id,
            subject=str(there.person_id),
            data={"name": name, "role": role, "added": created},
        )
        announce_revocation(person_id=there.person_id)
    return MemberView(
        there.person_id, email, name, role, membership.created_at, there.kind, membership.id
    )


def remove_project_member(actor: Actor, project_id: UUID, *, person_id: UUID) -> None:
    """Take a role in a project away; rooms above hear `project.member_removed`."""
    with project_scope(actor, project_id, "member.manage") as access:
        removed, _ = ProjectMembership.objects.filter(
            project_id=project_id, person_id=person_id
        ).delete()
        if not removed:
            raise NotFound("This person has no role in the project.", code="member_not_found")
        emit(
            "project.member_removed",
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=str(person_id),
        )
        announce_revocation(person_id=person_id)


def name_of(member: OrganizationMembership) -> tuple[str, str]:
    """Address and name of a member; a service account has no address."""
    if member.kind == "service":
        return "", ServiceAccount.objects.get(id=member.person_id).name
    person = identity.people([member.person_id])[member.person_id]
    return person.email, person.name


def _of_address(email: str) -> UUID:
    person = identity.find_person(email)
    if person is None or not OrganizationMembership.objects.filter(person_id=person.id).exists():
        # The same words for both: who has an account here is nobody's business.
        raise NotFound(
            f"{email} is no member of the organization yet; invite them there first.",
            code="person_not_found",
        )
    return person.id


def _may_hand_out(access: ProjectAccess, role: str) -> None:
    # While a project is archived nobody holds what it has frozen; that is no reason here.
    held = access.permissions | (rules.FROZEN if access.archived_at else frozenset())
    if not rules.may_hand_out_project_role(held, role):
        grantors = [rules.OWNER, rules.ADMIN, rules.PM]
        raise Forbidden(
            f"The role {role} may more than you may; nobody hands out more than he holds.",
            permission="member.manage",
            granted_by=grantors,
            people=policies.holders(grantors, access.project_id),
        )
