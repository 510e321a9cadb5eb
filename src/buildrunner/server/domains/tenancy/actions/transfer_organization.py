"""Handing an organization over."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation


def transfer_organization(actor: Actor, org_id: UUID, *, person_id: UUID) -> None:
    """Make a member the owner in the actor's place, who stays as an admin.

    Needs `org.own`. Raises `NotFound` for who is no member, `Conflict` for oneself.
    """
    with organization_scope(actor, org_id, "org.own") as access:
        members.one_at_a_time(org_id)
        mine, theirs = members.member(access.person_id), members.member(person_id)
        if theirs.kind != "person":
            raise members.no_member()
        if theirs.id == mine.id:
            raise Conflict("You own it already; choose somebody else.", code="owner_already")
        person = identity.people([person_id])[person_id]
        theirs.role, mine.role = rules.OWNER, rules.ADMIN
        for membership in (theirs, mine):
            membership.save(update_fields=["role"])
        emit(
            "organization.transferred",
            actor=actor,
            org_id=org_id,
            subject=str(org_id),
            data={"from": str(mine.person_id), "to": str(person_id), "name": person.name},
        )
        for one in (person_id, mine.person_id):
            announce_revocation(person_id=one)
