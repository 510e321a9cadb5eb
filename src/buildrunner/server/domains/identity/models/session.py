"""Browser sessions: Django's own, with their person, and with the key hashed at rest."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from buildrunner.server.domains.identity.types import SESSION


class BrowserSession(AbstractBaseSession):
    """`session_key` holds the SHA-256 of the cookie's key, in hex."""

    sealed: ClassVar[dict[str, str]] = {"session_data": SESSION}

    session_key = models.CharField(max_length=64, primary_key=True)
    person_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The database's defaults let a process of the version before go on during an upgrade.
    last_seen_at = models.DateTimeField(default=timezone.now, db_default=Now())
    user_agent = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True, db_default="")

    class Meta:
        verbose_name = "browser session"
        verbose_name_plural = "browser sessions"
