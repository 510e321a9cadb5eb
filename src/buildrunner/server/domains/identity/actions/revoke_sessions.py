"""Ending browser sessions from elsewhere."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.models import BrowserSession
from buildrunner.server.domains.identity.policies import own_account
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.revocations import announce_revocation


@transaction.atomic
def revoke_session(actor: Actor, *, digest: str) -> None:
    """Sign one of the actor's own browsers out; its open streams close."""
    person_id = own_account(actor)
    removed, _ = BrowserSession.objects.filter(session_key=digest, person_id=person_id).delete()
    if not removed:
        raise NotFound("This session has ended already.", code="session_not_found")
    announce_revocation(person_id=person_id, session=digest)
    events.record(events.SESSION_REVOKED, person_id, actor=actor)


def revoke_other_sessions(actor: Actor, *, keep: str | None = None) -> int:
    """Sign the actor out everywhere else; `keep` is the digest of the session that stays."""
    return revoke_all_sessions(own_account(actor), actor=actor, keep=keep)


@transaction.atomic
def revoke_all_sessions(person_id: UUID, *, actor: Actor = SYSTEM, keep: str | None = None) -> int:
    """Sign a person out everywhere, except for the session whose digest is `keep`."""
    sessions = BrowserSession.objects.filter(person_id=person_id).exclude(session_key=keep or "")
    digests = list(sessions.values_list("session_key", flat=True))
    sessions.delete()
    for digest in digests:
        announce_revocation(person_id=person_id, session=digest)
    if digests:
        events.record(
            events.SESSIONS_REVOKED, person_id, actor=actor, data={"sessions": len(digests)}
        )
    return len(digests)
