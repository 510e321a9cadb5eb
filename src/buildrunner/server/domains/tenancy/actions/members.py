"""What every change of an organization's members shares: one at a time, an owner left, seats."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.models import Organization, OrganizationMembership
from buildrunner.server.domains.tenancy.policies import more_seats
from buildrunner.server.domains.tenancy.queries.organizations import seats_of
from buildrunner.server.domains.tenancy.types import OrgAccess
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound


def one_at_a_time(org_id: UUID) -> Organization:
    """Changes of an organization's members wait for each other: two owners cannot leave at once,
    nor two people take the last seat."""
    return Organization.objects.select_for_update(no_key=True).get(id=org_id)


def known_role(role: str, roles: Sequence[str]) -> None:
    """Raise `Invalid` for a role that is none of `roles`."""
    if role not in roles:
        raise Invalid(
            f"{role!r} is no role; choose of {', '.join(roles)}.",
            code="role_unknown",
            field="role",
            roles=list(roles),
        )


def may_hand_out(access: OrgAccess, role: str) -> None:
    """Raise `Forbidden` when the role is above the actor's own."""
    if not rules.may_hand_out_org_role(access.role, role):
        owners = policies.holders([rules.OWNER])
        raise Forbidden(
            f"Only an owner can make, change or remove {rules.ROLE_TITLES[role]}.",
            permission="member.manage",
            granted_by=[rules.OWNER],
            people=owners,
        )


def keep_an_owner(membership: OrganizationMembership) -> None:
    """Raise `Conflict` when the organization would be left without an owner."""
    if membership.role != rules.OWNER:
        return
    if OrganizationMembership.objects.filter(role=rules.OWNER).count() < 2:
        raise Conflict(
            "This is the last owner. Make somebody else an owner first.", code="last_owner"
        )


def member(person_id: UUID) -> OrganizationMembership:
    """The membership of a person or service account in the organization of the scope."""
    found = OrganizationMembership.objects.filter(person_id=person_id).first()
    if found is None:
        raise no_member()
    return found


def no_member() -> NotFound:
    """Nobody of that id belongs here."""
    return NotFound("This person is no member here.", code="member_not_found")


def take_a_seat(org_id: UUID, *, invited: bool = False) -> None:
    """Raise `Conflict` unless one more fits; whoever was invited holds a seat already."""
    seats = seats_of(org_id)
    if seats.limit is None:
        return
    taken = seats.people if invited else seats.people + seats.pending
    if taken >= seats.limit:
        more = more_seats(org_id)
        raise Conflict(
            f"Every seat is taken: {seats.people} people and {seats.pending} invitations hold the "
            f"{seats.limit} there are. Remove somebody or withdraw an invitation. {more}",
            code="seats_taken",
            limit=seats.limit,
            people=seats.people,
            pending=seats.pending,
            setup_url=f"/orgs/{org_id}/tier",
        )
