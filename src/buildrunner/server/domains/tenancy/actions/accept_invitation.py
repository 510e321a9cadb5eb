"""Joining an organization one was invited to."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions import members, set_member, set_project_member
from buildrunner.server.domains.tenancy.models import (
    Invitation,
    OrganizationMembership,
    Project,
)
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.queries.invitations import (
    find_invitation,
    no_invitation,
    own_invitations,
)
from buildrunner.server.domains.tenancy.types import Belonging, FoundInvitation
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden, NotSignedIn
from buildrunner.server.platform.events.emit import emit


def accept_invitation(
    actor: Actor, *, token: str | None = None, invitation_id: UUID | None = None
) -> Belonging:
    """Become a member by the token of a link, or by the id of an invitation to one's own address.

    The actor is a person one of whose verified addresses is the invited one. Accepting twice
    changes nothing the second time. Raises `NotFound` for what is not or no longer open,
    `Forbidden` to everybody else, `Conflict` when no seat is free.
    """
    person_id = policies.person_in_full(actor, "accept invitations")
    person = identity.get_person(person_id)
    if person is None:
        raise NotSignedIn("Sign in to accept an invitation.")
    found = _find(actor, token, invitation_id)
    _is_meant(found, person_id)
    with tenant_scope(found.org_id):
        members.one_at_a_time(found.org_id)
        invitation = Invitation.objects.select_for_update().get(id=found.id)
        if invitation.accepted_by == person_id:
            return _belonging(person_id, found.org_id)
        ended = invitation.accepted_at or invitation.withdrawn_at
        if ended or invitation.expires_at <= timezone.now():
            raise no_invitation()
        there = OrganizationMembership.objects.filter(person_id=person_id).first()
        if there is None:
            members.take_a_seat(found.org_id, invited=True)
            set_member.add(actor, found.org_id, person, invitation.role)
            there = members.member(person_id)
        invitation.accepted_at, invitation.accepted_by = timezone.now(), person_id
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        emit(
            "invitation.accepted",
            actor=actor,
            org_id=found.org_id,
            subject=str(invitation.id),
            data={"email": invitation.email, "person": str(person_id)},
        )
        _grant(actor, invitation, there)
        return _belonging(person_id, found.org_id)


def _find(actor: Actor, token: str | None, invitation_id: UUID | None) -> FoundInvitation:
    if token is not None:
        return find_invitation(token)
    for own in own_invitations(actor):
        if own.id == invitation_id:
            return own
    raise no_invitation()


def _is_meant(found: FoundInvitation, person_id: UUID) -> None:
    """An address proves nothing until a mail sent to it was answered."""
    addresses = identity.verified_addresses(person_id)
    if found.email not in addresses:
        raise Forbidden(
            f"This invitation is for {found.email}, which is no verified address of yours. Sign in "
            "with the account of that address, or verify it first.",
            code="invitation_for_another",
        )


def _grant(actor: Actor, invitation: Invitation, there: OrganizationMembership) -> None:
    """The roles in projects that were promised; projects that are gone give none."""
    wanted = {UUID(entry["project_id"]): entry["role"] for entry in invitation.project_roles}
    for project_id in Project.objects.filter(id__in=wanted).values_list("id", flat=True):
        role = wanted[project_id]
        if role in rules.PROJECT_ROLES:
            set_project_member.grant(actor, invitation.org_id, project_id, there, role)


def _belonging(person_id: UUID, org_id: UUID) -> Belonging:
    return next(one for one in lookups.organizations_of(person_id) if one.id == org_id)
