"""Runs of agents: who worked, from when to when, from which commit to which."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class AgentRun(TenantRow):
    """One run. Open while `ended_at` is null; `expires_at` is when silence closes it.

    What happened in it is not copied: the events that name it tell. `name` is the sender's own; at
    most one open run of a key bears it. `silent` runs are never told to have ended: silence is
    their end, unless they still hold something. `freed` are the microsteps whose claims ended with
    the run.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("a run belongs to the place where it was worked; its events travel")

    project_id = models.UUIDField()
    name = models.TextField(blank=True, default="")
    program = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, default="open")
    silent = models.BooleanField(default=False)
    actor = models.JSONField()
    person_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    branch = models.TextField(blank=True, default="")
    commit_start = models.TextField(blank=True, default="")
    commit_end = models.TextField(blank=True, default="")
    summary = models.TextField(blank=True, default="")
    ttl_seconds = models.IntegerField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    freed = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "person_id", "key_id", "name"],
                condition=models.Q(ended_at__isnull=True) & ~models.Q(name=""),
                nulls_distinct=False,
                name="workbench_run_open",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "project_id", "-id"], name="workbench_run_newest"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(ended_at__isnull=True),
                name="workbench_run_silence",
            ),
        ]
