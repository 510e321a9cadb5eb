"""A Django email backend that keeps mails in the database, for a server without a mail server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils import timezone

from buildrunner.server.domains.identity.models import OutboxMessage
from buildrunner.server.domains.identity.types import OUTBOX
from buildrunner.server.platform.crypto.sealing import seal

MOST = 200
KEPT = timedelta(days=7)


class EmailBackend(BaseEmailBackend):
    """Writes rows that `/outbox` shows; the oldest go."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the mails, one row for each recipient."""
        kept = 0
        for message in email_messages:
            for recipient in message.recipients():
                OutboxMessage.objects.create(
                    recipient=recipient[:254],
                    subject=str(message.subject),
                    body=seal(json.dumps({"text": str(message.body)}), OUTBOX),
                )
                kept += 1
        trim_outbox()
        return kept


def trim_outbox() -> int:
    """Delete what is old or too much; answers how many."""
    removed, _ = OutboxMessage.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    newest = OutboxMessage.objects.order_by("-created_at", "-id").values_list("id")[:MOST]
    more, _ = OutboxMessage.objects.exclude(id__in=newest).delete()
    return removed + more
