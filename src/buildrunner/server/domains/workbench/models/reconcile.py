"""What clones reported, and what was decided about their conflicts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class DriftReport(TenantRow):
    """The newest word of one person or service, from one clone and branch.

    `conflicts` is JSON text: its values are compared with the plan's, to the byte.
    """

    in_archive = Left("it tells of clones of this project here; the events tell of it")

    project_id = models.UUIDField()
    holder = models.CharField(max_length=64)
    clone = models.CharField(max_length=64)
    branch = models.CharField(max_length=255, blank=True, default="")
    label = models.CharField(max_length=120, blank=True, default="")
    commit = models.CharField(max_length=64, blank=True, default="")
    since = models.CharField(max_length=200, blank=True, default="")
    base_revision = models.IntegerField(default=0)
    findings = models.JSONField(default=list)
    conflicts = models.TextField(default="[]")
    overlaps = models.JSONField(default=list)
    actor = models.JSONField()
    reported_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "holder", "clone", "branch"],
                name="workbench_report_newest",
            ),
        ]


class ConflictChoice(TenantRow):
    """One decision about one conflict; both values stay here whatever became of them."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("it answers a clone of this project here; the revision it wrote travels")

    project_id = models.UUIDField()
    digest = models.CharField(max_length=71)
    answers = models.JSONField(default=list)
    entity_id = models.TextField()
    field = models.TextField()
    title = models.TextField(blank=True, default="")
    choice = models.CharField(max_length=8)
    resolution = models.TextField()
    conflict = models.TextField()
    revision = models.IntegerField(null=True)
    clone = models.CharField(max_length=64)
    branch = models.CharField(max_length=255, blank=True, default="")
    actor = models.JSONField()
    person_id = models.UUIDField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "digest"],
                condition=models.Q(replaced_at__isnull=True),
                name="workbench_choice_stands",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "-created_at"], name="workbench_choice_newest"),
        ]
