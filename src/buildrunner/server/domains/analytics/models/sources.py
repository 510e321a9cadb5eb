"""Where usage is collected from."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Source(TenantRow):
    """A provider's account whose usage is read every day.

    `kind` is openai, anthropic, supabase, vercel, github or custom; `settings` what its interface
    needs beside the key (`organization`, `project_ref`, `team`, `url`, `skip_keys`). `api_key` is
    sealed. Everything before `collected_until` (a day, UTC) has been read. While it fails,
    `failures` counts the tries, `last_error` says why and `retry_at` when the next one is.
    """

    in_archive: ClassVar[Any] = Left("keys and addresses belong to the organization")
    sealed: ClassVar[dict[str, str]] = {"api_key": "analytics.source"}

    project_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    base_url = models.TextField()
    settings = models.JSONField(default=dict)
    api_key = models.TextField(blank=True, default="")
    key_hint = models.CharField(max_length=8, blank=True, default="")
    enabled = models.BooleanField(default=True)
    collected_until = models.DateField(null=True)
    collected_at = models.DateTimeField(null=True)
    last_events = models.IntegerField(default=0)
    differing = models.IntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "analytics_source"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "name"], name="analytics_source_name"),
        ]
