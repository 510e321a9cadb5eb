"""Where an organization's models answer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models as db

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Provider(TenantRow):
    """An address that speaks a provider's protocol, and the key to it.

    `kind` is openai, anthropic or compatible. `api_key` is sealed, empty for none; `key_hint` are
    its last four characters. `models` lists what it serves; none: what its kind serves.
    `fallbacks` names, for a model or `*`, models to try when this provider fails:
    `{"gpt-4o": ["claude-haiku-4-5"]}`. The lowest `priority` is asked first.
    """

    in_archive = Left("keys and addresses belong to the organization")
    sealed: ClassVar[dict[str, str]] = {"api_key": "ai.provider"}

    kind = db.CharField(max_length=16)
    name = db.CharField(max_length=60)
    base_url = db.TextField()
    api_key = db.TextField(blank=True, default="")
    key_hint = db.CharField(max_length=8, blank=True, default="")
    models = db.JSONField(default=list)
    fallbacks = db.JSONField(default=dict)
    priority = db.PositiveSmallIntegerField(default=100)
    timeout_seconds = db.PositiveIntegerField(default=600)
    retries = db.PositiveSmallIntegerField(default=2)
    enabled = db.BooleanField(default=True)
    updated_at = db.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ai_provider"
        constraints: ClassVar[list[db.BaseConstraint]] = [
            db.UniqueConstraint(fields=["org_id", "name"], name="ai_provider_name"),
        ]
