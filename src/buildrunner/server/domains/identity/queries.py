"""Reads about people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.identity.models import BrowserSession, OutboxMessage, Person
from buildrunner.server.domains.identity.rules import normal_email
from buildrunner.server.domains.identity.types import OUTBOX, OutboxView, SessionView
from buildrunner.server.platform.crypto.sealing import unseal


def get_person(person_id: UUID) -> Person | None:
    """The active person of an id."""
    return Person.objects.filter(id=person_id, is_active=True).first()


def find_person(email: str) -> Person | None:
    """The active person of an address, whatever its letter case."""
    return Person.objects.filter(email=normal_email(email), is_active=True).first()


def people(ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Several people at once, by id."""
    return Person.objects.in_bulk(list(ids))


def verified_addresses(person_id: UUID) -> frozenset[str]:
    """The addresses, in their normal form, of which a person has proven to read the mail."""
    from allauth.account.models import EmailAddress

    held = EmailAddress.objects.filter(user_id=person_id, verified=True)
    return frozenset(normal_email(email) for email in held.values_list("email", flat=True))


def sessions_of(person_id: UUID) -> list[SessionView]:
    """The browsers in which a person is signed in, the one used last first."""
    rows = BrowserSession.objects.filter(
        person_id=person_id, expire_date__gt=timezone.now()
    ).order_by("-last_seen_at")
    return [
        SessionView(
            digest=row.session_key,
            user_agent=row.user_agent,
            created_at=row.created_at,
            expires_at=row.expire_date,
            last_seen_at=row.last_seen_at,
            address=row.address,
        )
        for row in rows
    ]


def outbox() -> list[OutboxView]:
    """The mails kept here, newest first."""
    return [
        OutboxView(
            recipient=row.recipient,
            subject=row.subject,
            text=json.loads(unseal(row.body, OUTBOX))["text"],
            created_at=row.created_at,
        )
        for row in OutboxMessage.objects.order_by("-created_at", "-id")
    ]
