"""What a mail's link asks for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.rules import catalogue, unsubscribing
from buildrunner.server.platform.errors import NotFound


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """`title` says what would end, in words; of `*` everything does."""

    person_id: UUID
    kind: str
    title: str


def unsubscription(token: str) -> Unsubscription:
    """What a link asks for; raises `NotFound` for one that is not ours or of somebody who left."""
    asked = unsubscribing.read_token(token)
    if asked is None or identity.get_person(asked.person_id) is None:
        raise NotFound(
            "This link is not one that this server sent. Change what is mailed at "
            "`/account/notifications`.",
            code="unsubscribe_unknown",
        )
    return Unsubscription(asked.person_id, asked.kind, catalogue.kind_of(asked.kind).title)
