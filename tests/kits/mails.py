"""Mails that the server queued, delivered as its worker does and read as people do."""

from __future__ import annotations

import json
import re

from django.core import mail
from django.db import connection

from buildrunner.server.domains.identity import facade as identity

PASSWORD = "correct horse battery staple"


class Mails:
    """Runs the queued mail jobs as the worker does, and reads what arrived."""

    def arrive(self) -> list[mail.EmailMultiAlternatives]:
        """Every mail so far."""
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM pgqueuer WHERE entrypoint = 'identity.deliver_letter'"
                " RETURNING id, payload"
            )
            for _, payload in sorted(cursor.fetchall()):
                identity.deliver_letter(**json.loads(bytes(payload)))
        return list(mail.outbox)  # type: ignore[arg-type]

    def to(self, address: str) -> list[mail.EmailMultiAlternatives]:
        return [one for one in self.arrive() if one.to == [address]]

    def link(self, address: str) -> str:
        """The path of the link in the newest mail to an address."""
        found = re.search(r"https?://[^/\s]+(/\S+)", str(self.to(address)[-1].body))
        assert found
        return found[1]
