"""Whoever deletes their account leaves every organization, and no personal key of theirs holds."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.actions.set_member import remove_org_member
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.platform.actor import Actor


def leave_all(actor: Actor) -> list[UUID]:
    """Leave each organization; their ids. Raises Conflict (`last_owner`) where one would be left
    without an owner: then nothing happens."""
    person_id = identity.in_person_only(actor)
    left = []
    for belonging in lookups.organizations_of(person_id):
        remove_org_member(actor, belonging.id, person_id=person_id)
        left.append(belonging.id)
    return left
