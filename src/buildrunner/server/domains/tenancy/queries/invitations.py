"""Invitations, as the organization and as the invited see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.models import Invitation
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import FoundInvitation, InvitationView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import token_hash
from buildrunner.server.platform.errors import NotFound


def open_invitations() -> QuerySet[Invitation]:
    """Those of the organization in scope that were neither accepted nor withdrawn."""
    return Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)


def organization_invitations(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[InvitationView]:
    """The open ones, expired ones too, newest first; needs `member.manage`."""
    with organization_scope(actor, org_id, "member.manage"):
        rows = open_invitations().order_by("-id")
        if before:
            rows = rows.filter(id__lt=before)
        return [invitation_view(row) for row in rows[:limit]]


def invitation_view(row: Invitation) -> InvitationView:
    """A row without its token's hash."""
    return InvitationView(
        id=row.id,
        email=row.email,
        role=row.role,
        project_roles=list(row.project_roles),
        inviter=row.inviter,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
    )


def find_invitation(token: str) -> FoundInvitation:
    """The invitation of a link, open or not; raises `NotFound` for a token that never was."""
    found = lookups.invitation_of_token(token_hash(token)) if len(token) <= 200 else None
    if found is None:
        raise no_invitation()
    return found


def own_invitations(actor: Actor) -> list[FoundInvitation]:
    """The open invitations to the verified addresses of a person, oldest first."""
    if actor.person_id is None or actor.org_id is not None or "*" not in actor.scopes:
        return []
    found: list[FoundInvitation] = []
    for address in sorted(identity.verified_addresses(actor.person_id)):
        found += lookups.invitations_to(address)
    return found


def is_invited(email: str) -> bool:
    """Whether somebody waits for this address: who was invited may sign up where others may not."""
    return bool(lookups.invitations_to(email.strip().lower()))


def no_invitation() -> NotFound:
    """The same words for a wrong, used, withdrawn and expired one."""
    return NotFound(
        "This invitation is not open: it was accepted or withdrawn, has expired, or never was. Ask "
        "for a new one.",
        code="invitation_not_found",
    )
