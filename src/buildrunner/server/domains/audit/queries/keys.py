"""The signing keys of an organization."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from buildrunner.server.domains.audit.models import SigningKey
from buildrunner.server.domains.audit.types import KnownKey
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import NotFound

LEDGER: Final = "ledger"
RUNNER: Final = "runner"


def known_keys(org_id: UUID, *, revoked: bool = False) -> list[KnownKey]:
    """The keys that an organization vouches for; with `revoked` also those it has taken back.

    For other rooms, which have decided already who asks.
    """
    with tenant_scope(org_id):
        rows = SigningKey.objects.filter(org_id=org_id).order_by("id")
        if not revoked:
            rows = rows.filter(revoked_at=None)
        return [key_view(row) for row in rows]


def list_keys(actor: Actor, org_id: UUID) -> list[KnownKey]:
    """All keys of an organization, revoked ones too; for its members."""
    with organization_scope(actor, org_id):
        return known_keys(org_id, revoked=True)


def find_key(key_id: str, *, lock: bool = False) -> SigningKey:
    """A row of the organization in scope; raises `NotFound`."""
    rows = SigningKey.objects.select_for_update() if lock else SigningKey.objects.all()
    found = rows.filter(key_id=key_id).first()
    if found is None:
        raise NotFound(f"No signing key {key_id} here.", code="signing_key_not_found")
    return found


def key_view(row: SigningKey) -> KnownKey:
    """A key without its secret."""
    return KnownKey(
        id=row.id,
        key_id=row.key_id,
        purpose=row.purpose,
        name=row.name,
        public_key=row.public_key,
        registered_by=row.registered_by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
