"""Criteria that people vouched for, and the key that signs for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class SignOff(TenantRow):
    """A person's word that a criterion holds, signed for them with the organization's key.

    `record` holds the RFC 8785 bytes of the signed record. With `self_attested` it came from a
    workspace without a server, where its own author signed; `person_id` is null then. A revoked
    one stays on the record and counts no more.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("it is the word of people of this organization")

    project_id = models.UUIDField()
    address = models.CharField(max_length=64)
    microstep_id = models.TextField()
    criterion_index = models.IntegerField(null=True)
    criterion_digest = models.CharField(max_length=71)
    self_attested = models.BooleanField(default=False)
    record = models.TextField()
    actor = models.JSONField()
    person_id = models.UUIDField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "address"], name="qa_signoff_address"
            ),
            # One person signs a criterion once.
            models.UniqueConstraint(
                fields=["org_id", "project_id", "microstep_id", "criterion_digest", "person_id"],
                condition=models.Q(revoked_at__isnull=True, person_id__isnull=False),
                name="qa_signoff_standing",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "microstep_id"], name="qa_signoff_microstep"),
        ]


class SignOffKey(TenantRow):
    """The Ed25519 key with which the server signs for the people of an organization.

    `secret` holds the base64 of its 32 bytes, sealed; `key_id` is the fingerprint of the public
    key (`evidence.signing.key_id`), `public_key` its base64.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    sealed: ClassVar[dict[str, str]] = {"secret": "qa.sign_off_key"}

    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=64)
    secret = models.TextField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id"], name="qa_signoffkey_organization"),
        ]
