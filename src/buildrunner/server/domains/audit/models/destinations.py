"""Where a ledger is sent: a SIEM, as it grows, and an object store, each night."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Destination(TenantRow):
    """An address that gets every record once it is sealed, in the order of `seq`.

    `kind` is siem (`url` takes signed POSTs) or s3 (`url` is the store's endpoint, `settings` has
    bucket, prefix, region and access_key_id). `secret` is sealed: the signing secret, or the
    secret access key. Everything before `next_seq` has arrived. While it fails, `failures` counts
    the tries, `retry_at` says when the next one is.
    """

    in_archive = Left("it belongs to an organization")
    sealed: ClassVar[dict[str, str]] = {"secret": "audit.destination"}

    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=120)
    url = models.TextField()
    settings = models.JSONField(default=dict)
    secret = models.TextField()
    redact = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    next_seq = models.BigIntegerField(default=1)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_destination"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["retry_at"], name="audit_destination_retry"),
        ]
