"""Flaky checks that neither prove nor block for a while."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Quarantine(TenantRow):
    """A check, by the digest of its definition, set aside until a moment or until it is lifted."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("it is a decision of people of this organization, and it expires")

    project_id = models.UUIDField()
    check_digest = models.CharField(max_length=71)
    check_id = models.TextField()
    reason = models.TextField()
    until = models.DateTimeField()
    actor = models.JSONField()
    person_id = models.UUIDField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["project_id", "check_digest", "until"], name="qa_quarantine_check"
            ),
        ]
