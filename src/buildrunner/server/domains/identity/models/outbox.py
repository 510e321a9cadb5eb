"""Mails that are kept here instead of being sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.domains.identity.types import OUTBOX
from buildrunner.server.platform.db.rows import Row


class OutboxMessage(Row):
    """One mail; `body` is sealed, since links in it open accounts."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    sealed: ClassVar[dict[str, str]] = {"body": OUTBOX}

    recipient = models.CharField(max_length=254)
    subject = models.TextField()
    body = models.TextField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-created_at"], name="identity_outbox_newest"),
        ]
