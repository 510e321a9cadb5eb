"""Leases on microsteps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Claim(TenantRow):
    """Who works on a microstep, and until when.

    Active while `released_at` is null; the partial unique index lets one active claim stand for
    a microstep, whoever races for it. An expired claim is closed by the next one who asks for the
    microstep, or by the periodic task.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("a lease holds where it was taken; the events tell of it")

    project_id = models.UUIDField()
    microstep_id = models.TextField()
    holder = models.TextField()
    actor = models.JSONField()
    person_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "microstep_id"],
                condition=models.Q(released_at__isnull=True),
                name="plans_claim_active",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(released_at__isnull=True),
                name="plans_claim_expiry",
            ),
        ]
