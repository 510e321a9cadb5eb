"""Keys: those that sign, and those under which personal data of the ledger are kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class PersonKey(TenantRow):
    """The key of one person's data in one organization's ledger. Deleting it erases them: the
    chain holds digests alone and goes on to verify (crypto-shredding).

    `person` is the person's id, or another stable name where an event tells of somebody without an
    account. `secret` is sealed under the master key.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive = Left("it opens one organization's ledger")
    sealed: ClassVar[dict[str, str]] = {"secret": "audit.person_key"}

    person = models.TextField()
    secret = models.TextField()

    class Meta:
        db_table = "audit_person_key"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "person"], name="audit_person_key_person"),
        ]


class SigningKey(TenantRow):
    """An Ed25519 key that the organization vouches for: its own `ledger` key, which signs
    checkpoints (its `secret` is sealed), or that of a `runner`, which signs evidence.

    `key_id` is the first 16 hexadecimal digits of SHA-256 of the raw public key, `public_key` is
    base64.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("an organization vouches for its own keys only")
    sealed: ClassVar[dict[str, str]] = {"secret": "audit.signing_key"}

    key_id = models.CharField(max_length=16)
    purpose = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    public_key = models.CharField(max_length=64)
    secret = models.TextField(blank=True, default="")
    registered_by = models.JSONField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_signing_key"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "key_id"], name="audit_signing_key_id"),
        ]
