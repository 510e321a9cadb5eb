"""Second factors that came and went while allauth worked, as events.

allauth tells of them by signals after the commit; what is compared here is in the same transaction.
"""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.types import Factors
from buildrunner.server.platform.actor import Actor


def factors_of(person_id: UUID) -> Factors:
    """A person's factors: id → (`totp` | `webauthn` | `recovery_codes`, the passkey's name)."""
    from allauth.mfa.models import Authenticator

    rows = Authenticator.objects.filter(user_id=person_id).values_list("id", "type", "data")
    return {number: (kind, str(data.get("name", ""))) for number, kind, data in rows}


def record_factors(actor: Actor, person_id: UUID, *, before: Factors) -> Factors:
    """Emit what changed since `before`; answers what was added."""
    after = factors_of(person_id)
    added = {number: after[number] for number in after.keys() - before.keys()}
    for number in sorted(added):
        _record(events.FACTOR_ADDED, actor, person_id, added[number][0])
    for number in sorted(before.keys() - after.keys()):
        _record(events.FACTOR_REMOVED, actor, person_id, before[number][0])
    for number in sorted(before.keys() & after.keys()):
        if before[number] != after[number]:
            _record(events.FACTOR_RENAMED, actor, person_id, after[number][0])
    return added


def _record(kind: str, actor: Actor, person_id: UUID, factor: str) -> None:
    events.record(kind, person_id, actor=actor, data={"factor": factor})
