"""Who belongs to an organization, and as what."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.models import (
    ApiKey,
    Invitation,
    OrganizationMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import MemberView, OrgAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation


def set_org_member(actor: Actor, org_id: UUID, *, email: str, role: str) -> MemberView:
    """Add a person who has an account, or change the role: for provisioning, which has their word.

    People are invited otherwise (`invite`). Raises `Invalid` for an unknown role, `NotFound` for an
    address without an account, `Forbidden` when the actor would lift somebody above himself or
    change somebody above him, and `Conflict` when the last owner would go or no seat is free.
    """
    members.known_role(role, list(rules.ORG_ROLES))
    with organization_scope(actor, org_id, "member.manage") as access:
        person = identity.find_person(email)
        if person is None:
            raise NotFound(
                f"Nobody with the address {email} has an account.", code="person_not_found"
            )
        members.may_hand_out(access, role)
        members.one_at_a_time(org_id)
        if OrganizationMembership.objects.filter(person_id=person.id).exists():
            return _change(actor, org_id, person, role, access)
        members.take_a_seat(org_id)
        return add(actor, org_id, person, role)


def add(actor: Actor, org_id: UUID, person: identity.Person, role: str) -> MemberView:
    """Make the person a member; the caller has judged it and holds the organization."""
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
    return _view(membership, person)


def change_org_member(actor: Actor, org_id: UUID, person_id: UUID, *, role: str) -> MemberView:
    """Give a member another role in the organization. Raises as `set_org_member` does."""
    members.known_role(role, list(rules.ORG_ROLES))
    with organization_scope(actor, org_id, "member.manage") as access:
        members.may_hand_out(access, role)
        members.one_at_a_time(org_id)
        person = identity.people([person_id]).get(person_id)
        if person is None:
            raise members.no_member()
        return _change(actor, org_id, person, role, access)


def _change(
    actor: Actor, org_id: UUID, person: identity.Person, role: str, access: OrgAccess
) -> MemberView:
    membership = members.member(person.id)
    if membership.role != role:
        members.may_hand_out(access, membership.role)
        members.keep_an_owner(membership)
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
    return _view(membership, person)


def remove_org_member(actor: Actor, org_id: UUID, *, person_id: UUID) -> None:
    """Take a person out of an organization and of its projects; anybody may leave himself.

    The person's keys of the organization are revoked, invitations they sent are withdrawn, open
    streams are judged again; rooms above hear `member.removed` and take back what they lent. Raises
    as `set_org_member` does.
    """
    leaving = actor.person_id == person_id and actor.kind == "person"
    permission = "org.read" if leaving else "member.manage"
    with organization_scope(actor, org_id, permission) as access:
        members.one_at_a_time(org_id)
        membership = members.member(person_id)
        if membership.kind != "person":
            raise members.no_member()
        if not leaving:
            members.may_hand_out(access, membership.role)
        members.keep_an_owner(membership)
        membership.delete()
        person = identity.people([person_id]).get(person_id)
        emit(
            "member.removed",
            actor=actor,
            org_id=org_id,
            subject=str(person_id),
            data={"name": person.name if person else "", "role": membership.role},
        )
        revoke_keys(actor, org_id, ApiKey.objects.filter(person_id=person_id, service_id=None))
        _withdraw_invitations(actor, org_id, person_id)
        _stop_agents(actor, org_id, person_id)
        announce_revocation(person_id=person_id)


def revoke_keys(actor: Actor, org_id: UUID, keys: QuerySet[ApiKey]) -> None:
    """End those of the keys that hold; the scope of the organization is set."""
    now = timezone.now()
    for key in keys.filter(revoked_at__isnull=True).select_for_update():
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        emit(
            "key.revoked",
            actor=actor,
            org_id=org_id,
            project_id=key.project_id,
            subject=str(key.id),
            data={"name": key.name, "prefix": key.prefix},
        )
        announce_revocation(key_id=key.id)


def _stop_agents(actor: Actor, org_id: UUID, person_id: UUID) -> None:
    """Nobody answers for them any more: no key of theirs holds until somebody does."""
    agents = ServiceAccount.objects.filter(owner_id=person_id, removed_at__isnull=True)
    for agent in agents.select_for_update():
        agent.owner_id = None
        agent.save(update_fields=["owner_id"])
        revoke_keys(actor, org_id, ApiKey.objects.filter(service_id=agent.id))
        emit(
            "agent.stopped",
            actor=actor,
            org_id=org_id,
            subject=str(agent.id),
            data={"name": agent.name, "owner": str(person_id)},
        )
        announce_revocation(person_id=agent.id)


def _withdraw_invitations(actor: Actor, org_id: UUID, person_id: UUID) -> None:
    """Else whoever is put out could come back by an invitation of his own."""
    sent = Invitation.objects.filter(
        invited_by=person_id, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    for invitation in sent.select_for_update():
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        emit(
            "invitation.withdrawn",
            actor=actor,
            org_id=org_id,
            subject=str(invitation.id),
            data={"email": invitation.email},
        )


def _view(membership: OrganizationMembership, person: identity.Person) -> MemberView:
    return MemberView(
        person.id, person.email, person.name, membership.role, membership.created_at,
        id=membership.id,
    )  # fmt: skip
