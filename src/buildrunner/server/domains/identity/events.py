"""What happens to accounts, under the platform: a person belongs to no single organization."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import PLATFORM, emit

ACCOUNT_CREATED = "account.created"
ACCOUNT_RENAMED = "account.renamed"
ACCOUNT_DELETED = "account.deleted"
EMAIL_VERIFIED = "account.email_verified"
EMAIL_CHANGED = "account.email_changed"
PASSWORD_CHANGED = "account.password_changed"  # noqa: S105
FACTOR_ADDED = "account.factor_added"
FACTOR_RENAMED = "account.factor_renamed"
FACTOR_REMOVED = "account.factor_removed"
SIGNED_IN = "account.signed_in"
SIGNED_OUT = "account.signed_out"
SESSION_REVOKED = "account.session_revoked"
SESSIONS_REVOKED = "account.sessions_revoked"
LINK_ISSUED = "account.link_issued"
DEVICE_DECIDED = "account.device_decided"


def record(kind: str, person_id: UUID, *, actor: Actor, data: dict[str, Any] | None = None) -> None:
    """Append one event about a person, in the transaction in which it happened.

    `data` holds no address and no secret: events are kept when an account changes or goes.
    """
    with tenant_scope(PLATFORM):
        emit(kind, actor=actor, org_id=PLATFORM, subject=str(person_id), data=data)
