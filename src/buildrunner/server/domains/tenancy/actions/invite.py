"""Asking somebody to join an organization, by email."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.models import (
    Invitation,
    OrganizationMembership,
    Project,
)
from buildrunner.server.domains.tenancy.queries.invitations import invitation_view, open_invitations
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import InvitationView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import new_token, token_hash
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound, TooManyRequests
from buildrunner.server.platform.events.emit import emit

TOKEN_PREFIX = "inv"  # noqa: S105  what tokens begin with
PAUSE = timedelta(minutes=1)


def invite(
    actor: Actor,
    org_id: UUID,
    *,
    email: str,
    role: str,
    project_roles: Sequence[Mapping[str, str]] = (),
) -> tuple[InvitationView, str]:
    """Invite an address; answers the invitation and, once, the link's token.

    `project_roles` are `{"project_id", "role"}`, granted on acceptance. The link is sent by mail; it
    opens the organization only to somebody signed in whose verified address it is. Raises `Invalid`
    for a wrong address or role, `NotFound` for unknown projects, `Forbidden` for a role above the
    actor's own, `Conflict` when the address belongs already, was invited already, or no seat is free.
    """
    address = _address(email)
    members.known_role(role, list(rules.ORG_ROLES))
    wanted = _project_roles(project_roles)
    with organization_scope(actor, org_id, "member.manage") as access:
        members.may_hand_out(access, role)
        organization = members.one_at_a_time(org_id)
        _known_projects(wanted)
        _not_there_yet(actor, org_id, address)
        members.take_a_seat(org_id)
        now, token = timezone.now(), new_token(TOKEN_PREFIX)
        invitation = Invitation.objects.create(
            org_id=org_id,
            email=address,
            role=role,
            project_roles=wanted,
            token_hash=token_hash(token),
            invited_by=access.person_id,
            inviter=actor.name[: rules.LONGEST_NAME],
            sent_at=now,
            expires_at=now + timedelta(days=rules.INVITATION_DAYS),
        )
        emit(
            "invitation.sent",
            actor=actor,
            org_id=org_id,
            subject=str(invitation.id),
            data={"email": address, "role": role},
        )
        _send(invitation, organization.name, token)
    return invitation_view(invitation), token


def resend_invitation(
    actor: Actor, org_id: UUID, invitation_id: UUID
) -> tuple[InvitationView, str]:
    """Send it once more, with a new link that lives a week; the link before stops working.

    Raises `TooManyRequests` within a minute of the last mail, and as `invite` does: an expired
    invitation takes its seat again.
    """
    with organization_scope(actor, org_id, "member.manage") as access:
        organization = members.one_at_a_time(org_id)
        invitation = _open(invitation_id)
        members.may_hand_out(access, invitation.role)
        now = timezone.now()
        if invitation.sent_at + PAUSE > now:
            wait = int((invitation.sent_at + PAUSE - now).total_seconds()) + 1
            raise TooManyRequests(
                f"It was sent just now; it can be sent again in {wait} s.", retry_after=wait
            )
        if invitation.expires_at <= now:
            members.take_a_seat(org_id)
        token = new_token(TOKEN_PREFIX)
        invitation.token_hash = token_hash(token)
        invitation.sent_at = now
        invitation.expires_at = now + timedelta(days=rules.INVITATION_DAYS)
        invitation.save(update_fields=["token_hash", "sent_at", "expires_at"])
        emit(
            "invitation.resent",
            actor=actor,
            org_id=org_id,
            subject=str(invitation.id),
            data={"email": invitation.email},
        )
        _send(invitation, organization.name, token)
    return invitation_view(invitation), token


def withdraw_invitation(actor: Actor, org_id: UUID, invitation_id: UUID) -> None:
    """Take an invitation back; its link stops working and its seat is free."""
    with organization_scope(actor, org_id, "member.manage"):
        members.one_at_a_time(org_id)
        invitation = _open(invitation_id)
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        emit(
            "invitation.withdrawn",
            actor=actor,
            org_id=org_id,
            subject=str(invitation.id),
            data={"email": invitation.email},
        )


def invitation_address(token: str) -> str:
    """Where an invitation is opened."""
    return f"{settings.BR_PUBLIC_URL}/invitations/{token}"


def _send(invitation: Invitation, organization: str, token: str) -> None:
    letter = identity.Letter(
        f"{invitation.inviter} invites you to {organization}",
        (
            f"{invitation.inviter} invites you to the organization {organization} at BuildRunner, "
            f"as {rules.ROLE_WORDS[invitation.role]}.",
            f"Sign in with this address, or sign up with it, and accept within "
            f"{rules.INVITATION_DAYS} days. If you expected no invitation, ignore this mail: "
            "nothing happens.",
        ),
        ("See the invitation", invitation_address(token)),
    )
    identity.send_letter(invitation.email, letter)


def _open(invitation_id: UUID) -> Invitation:
    found = open_invitations().select_for_update().filter(id=invitation_id).first()
    if found is None:
        raise NotFound(
            f"No open invitation {invitation_id} here; it was accepted or withdrawn, or never was.",
            code="invitation_not_found",
        )
    return found


def _not_there_yet(actor: Actor, org_id: UUID, address: str) -> None:
    person = identity.find_person(address)
    if person and OrganizationMembership.objects.filter(person_id=person.id).exists():
        raise Conflict(f"{address} is a member already.", code="member_already", field="email")
    held = open_invitations().select_for_update().filter(email=address).first()
    if held is None:
        return
    if held.expires_at > timezone.now():
        raise Conflict(
            f"{address} was invited already. Send the invitation again, or withdraw it first.",
            code="invited_already",
            field="email",
            invitation_id=str(held.id),
        )
    held.withdrawn_at = timezone.now()
    held.save(update_fields=["withdrawn_at"])
    emit(
        "invitation.withdrawn",
        actor=actor,
        org_id=org_id,
        subject=str(held.id),
        data={"email": address},
    )


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(
            f"{email!r} is not an email address.", code="email_invalid", field="email"
        ) from None
    if len(address) > 254:
        raise Invalid("This address is too long.", code="email_invalid", field="email")
    return address


def _project_roles(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(given) > rules.MOST_PROJECT_ROLES:
        raise Invalid(
            f"An invitation gives roles in at most {rules.MOST_PROJECT_ROLES} projects.",
            code="too_many_projects",
            field="project_roles",
        )
    for entry in given:
        members.known_role(entry["role"], list(rules.PROJECT_ROLES))
    by_project = {str(UUID(str(entry["project_id"]))): entry["role"] for entry in given}
    return [{"project_id": name, "role": role} for name, role in by_project.items()]


def _known_projects(wanted: list[dict[str, str]]) -> None:
    ids = {UUID(entry["project_id"]) for entry in wanted}
    known = set(Project.objects.filter(id__in=ids).values_list("id", flat=True))
    for missing in sorted(ids - known):
        raise policies.no_project(missing)
