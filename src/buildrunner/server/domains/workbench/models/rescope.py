"""Proposals to change what is planned."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Rescope(TenantRow):
    """A patch that somebody proposed; never deleted, decided once.

    `acts`, `operations`, `reasons`, `impact` and `precheck` are JSON text, as `spec.rescope` makes
    them: operations are compared with a plan to the byte. `revision` is the one that applied it.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("a proposal is about a revision here; the revision it became travels")

    project_id = models.UUIDField()
    state = models.CharField(max_length=10, default="open")
    instruction = models.TextField(blank=True, default="")
    acts = models.TextField()
    base_revision = models.IntegerField()
    base_hash = models.CharField(max_length=71)
    operations = models.TextField()
    reasons = models.TextField()
    impact = models.TextField()
    precheck = models.TextField()
    actor = models.JSONField()
    person_id = models.UUIDField(null=True)
    note = models.TextField(blank=True, default="")
    revision = models.IntegerField(null=True)
    decided_by = models.JSONField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "-id"], name="workbench_rescope_newest"),
        ]
