"""Browser sessions: Django's own, with their person, and with the key hashed at rest."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class BrowserSession(AbstractBaseSession):
    """`session_key` holds the SHA-256 of the cookie's key, in hex."""

    session_key = models.CharField(max_length=64, primary_key=True)
    person_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "browser session"
        verbose_name_plural = "browser sessions"
