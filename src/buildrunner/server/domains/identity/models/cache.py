"""The cache that all processes share: counters of the rate limits, codes that were used."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import Row


class CacheEntry(Row):
    """A value until a time; `key` is Django's, with its version."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    id = None  # type: ignore[assignment]
    key = models.TextField(primary_key=True)
    value = models.JSONField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)
