"""Drafts: what was asked for, what was proposed, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Draft(TenantRow):
    """One draft. `content` is JSON text, to the byte what the engine made of `text` and `facts`."""

    in_archive = Left("what was accepted stands in the plan's revisions, which travel")

    project_id = models.UUIDField()
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    format = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    input_digest = models.CharField(max_length=71)
    title = models.CharField(max_length=200)
    content = models.TextField()
    base_revision = models.IntegerField(default=0)
    state = models.CharField(max_length=10)
    revision = models.IntegerField(null=True)
    added = models.JSONField(default=dict)
    author = models.JSONField()
    person_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "-id"], name="workbench_draft_newest"),
        ]
