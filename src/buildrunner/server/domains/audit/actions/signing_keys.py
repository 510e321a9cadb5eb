"""The keys that an organization vouches for."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Final
from uuid import UUID

from django.utils import timezone

from buildrunner.ledger import signature
from buildrunner.ledger.errors import LedgerError
from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.models import SigningKey
from buildrunner.server.domains.audit.queries.keys import LEDGER, RUNNER, find_key, key_view
from buildrunner.server.domains.audit.types import KnownKey
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

PERMISSION: Final = "audit.manage"
SEAL: Final = "audit.signing_key"
MOST: Final = 500
LONGEST_NAME: Final = 120


def register_key(actor: Actor, org_id: UUID, *, name: str, public_key: str) -> KnownKey:
    """Vouch for a runner's key: what it signs counts as anchored. Needs `audit.manage`.

    `public_key` is base64 of 32 bytes. The same key again changes nothing; one that was revoked
    raises `Conflict`.
    """
    name = one_line(name, "name", LONGEST_NAME)
    raw = _raw(public_key)
    with organization_scope(actor, org_id, PERMISSION):
        row = SigningKey.objects.filter(key_id=signature.key_id(raw)).first()
        if row and row.revoked_at:
            raise Conflict(
                f"The key {row.key_id} was revoked; make another one.", code="signing_key_revoked"
            )
        if row is None:
            if SigningKey.objects.count() >= MOST:
                raise Conflict(
                    f"An organization has at most {MOST} signing keys.", code="signing_keys_full"
                )
            row = _keep(actor, org_id, RUNNER, name, raw)
        return key_view(row)


def revoke_key(actor: Actor, org_id: UUID, key_id: str) -> KnownKey:
    """Vouch for a key no longer. What it signed before stays what it is; the reader decides. Needs
    `audit.manage`. The ledger's own key is replaced at the next checkpoint."""
    with organization_scope(actor, org_id, PERMISSION):
        row = find_key(key_id, lock=True)
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.secret = ""
            row.save(update_fields=["revoked_at", "secret"])
            _announce(events.KEY_REVOKED, actor, row)
        return key_view(row)


def ledger_key(org_id: UUID) -> tuple[bytes, bytes]:
    """The organization's own pair (secret, public), made when it is first needed. The ledger's lock
    is held."""
    for row in SigningKey.objects.filter(purpose=LEDGER, revoked_at=None).order_by("-id"):
        try:
            secret = b64decode(unseal(row.secret, SEAL))
        except SealBroken:  # another master key: this one signs no more
            continue
        return secret, signature.public_of(secret)
    secret, public = signature.new_key()
    _keep(SYSTEM, org_id, LEDGER, "ledger", public, secret)
    return secret, public


def _keep(
    actor: Actor, org_id: UUID, purpose: str, name: str, public: bytes, secret: bytes = b""
) -> SigningKey:
    row = SigningKey.objects.create(
        org_id=org_id,
        key_id=signature.key_id(public),
        purpose=purpose,
        name=name,
        public_key=b64encode(public).decode(),
        secret=seal(b64encode(secret).decode(), SEAL) if secret else "",
        registered_by=actor.record(),
    )
    _announce(events.KEY_REGISTERED, actor, row)
    return row


def _announce(kind: str, actor: Actor, row: SigningKey) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        subject=row.key_id,
        data={"key_id": row.key_id, "purpose": row.purpose, "name": row.name},
    )


def _raw(public_key: str) -> bytes:
    try:
        return signature.check_public(b64decode(public_key, validate=True))
    except (binascii.Error, ValueError, LedgerError):
        raise Invalid(
            "The public key must be the 32 bytes of an Ed25519 key, as base64.",
            code="public_key_unreadable",
            field="public_key",
        ) from None
