"""Who belongs to an organization or a project, and as what."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.models import (
    Organization,
    OrganizationMembership,
    ProjectMembership,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.types import MemberView, OrgAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation


def set_org_member(actor: Actor, org_id: UUID, *, email: str, role: str) -> MemberView:
    """Add a person to an organization, or change the role there.

    Raises `Invalid` for an unknown role, `NotFound` for an address without an account, `Forbidden`
    when the actor would lift somebody above himself or change somebody above him, and `Conflict`
    when the last owner would go.
    """
    _known(role, list(rules.ORG_ROLES))
    with organization_scope(actor, org_id, "member.manage") as access:
        person = _person(email)
        _may_hand_out(access, role)
        _one_at_a_time(org_id)
        membership = OrganizationMembership.objects.filter(person_id=person.id).first()
        if membership is None:
            membership = OrganizationMembership.objects.create(
                org_id=org_id, person_id=person.id, role=role
            )
            emit(
                "member.added",
                actor=actor,
                org_id=org_id,
                subject=str(person.id),
                data={"name": person.name, "role": role},
            )
        elif membership.role != role:
            _may_hand_out(access, membership.role)
            _keep_an_owner(membership)
            before, membership.role = membership.role, role
            membership.save(update_fields=["role"])
            emit(
                "member.changed",
                actor=actor,
                org_id=org_id,
                subject=str(person.id),
                data={"name": person.name, "role": role, "before": before},
            )
            announce_revocation(person_id=person.id)
    return MemberView(person.id, person.email, person.name, role, membership.created_at)


def remove_org_member(actor: Actor, org_id: UUID, *, person_id: UUID) -> None:
    """Take a person out of an organization and of its projects; anybody may leave himself.

    The person's keys of the organization stop working. Raises as `set_org_member` does.
    """
    leaving = actor.person_id == person_id and actor.kind == "person"
    permission = "org.read" if leaving else "member.manage"
    with organization_scope(actor, org_id, permission) as access:
        _one_at_a_time(org_id)
        membership = OrganizationMembership.objects.filter(person_id=person_id).first()
        if membership is None:
            raise NotFound("This person is no member here.", code="member_not_found")
        if not leaving:
            _may_hand_out(access, membership.role)
        _keep_an_owner(membership)
        membership.delete()
        emit("member.removed", actor=actor, org_id=org_id, subject=str(person_id))
        announce_revocation(person_id=person_id)


def set_project_member(actor: Actor, project_id: UUID, *, email: str, role: str) -> MemberView:
    """Give a member of the organization a role in a project, or change it."""
    _known(role, list(rules.PROJECT_ROLES))
    with project_scope(actor, project_id, "member.manage") as access:
        person = _person(email)
        if not OrganizationMembership.objects.filter(person_id=person.id).exists():
            raise NotFound(
                f"{person.email} is no member of the organization yet; add them there first.",
                code="person_not_found",
            )
        membership, created = ProjectMembership.objects.update_or_create(
            org_id=access.org_id,
            project_id=project_id,
            person_id=person.id,
            defaults={"role": role},
        )
        emit(
            "project.member_set",
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=str(person.id),
            data={"name": person.name, "role": role, "added": created},
        )
        announce_revocation(person_id=person.id)
    return MemberView(person.id, person.email, person.name, role, membership.created_at)


def remove_project_member(actor: Actor, project_id: UUID, *, person_id: UUID) -> None:
    """Take a person's role in a project away."""
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


def _known(role: str, roles: list[str]) -> None:
    if role not in roles:
        raise Invalid(
            f"{role!r} is no role; choose of {', '.join(roles)}.", code="role_unknown", roles=roles
        )


def _person(email: str) -> identity.Person:
    person = identity.find_person(email)
    if person is None:
        raise NotFound(f"Nobody with the address {email} has an account.", code="person_not_found")
    return person


def _may_hand_out(access: OrgAccess, role: str) -> None:
    if not rules.may_hand_out_org_role(access.role, role):
        raise Forbidden(
            f"Only an owner can make, change or remove {rules.ROLE_TITLES[role]}.",
            permission="member.manage",
            granted_by=[rules.OWNER],
        )


def _one_at_a_time(org_id: UUID) -> None:
    """Changes of an organization's members wait for each other, so two owners cannot leave at once."""
    Organization.objects.select_for_update(no_key=True).get(id=org_id)


def _keep_an_owner(membership: OrganizationMembership) -> None:
    if membership.role != rules.OWNER:
        return
    if OrganizationMembership.objects.filter(role=rules.OWNER).count() < 2:
        raise Conflict(
            "This is the last owner. Make somebody else an owner first.", code="last_owner"
        )
