"""The key with which the server signs for an organization's people, made when it is first needed."""

from __future__ import annotations

from uuid import UUID

from buildrunner.evidence import signing
from buildrunner.server.domains.qa.models import SignOffKey
from buildrunner.server.platform.crypto.sealing import seal, unseal

_PURPOSE = SignOffKey.sealed["secret"]


def signing_key(org_id: UUID) -> bytes:
    """The 32 bytes of the private key; the scope of the organization is set."""
    row = SignOffKey.objects.filter(org_id=org_id).first()
    if row is None:
        raw = signing.generate()
        public = signing.public_key(raw)
        made = SignOffKey(
            org_id=org_id,
            key_id=signing.key_id(public),
            public_key=signing.encode(public),
            secret=seal(signing.encode(raw), _PURPOSE),
        )
        SignOffKey.objects.bulk_create([made], ignore_conflicts=True)
        row = SignOffKey.objects.get(org_id=org_id)  # of two that raced, the first
    return signing.decode(unseal(row.secret, _PURPOSE), signing.KEY_BYTES, "the sign-off key")
