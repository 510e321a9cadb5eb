"""Reads about people."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.identity.models import BrowserSession, Person
from buildrunner.server.domains.identity.rules import normal_email
from buildrunner.server.domains.identity.types import SessionView


def get_person(person_id: UUID) -> Person | None:
    """The active person of an id."""
    return Person.objects.filter(id=person_id, is_active=True).first()


def find_person(email: str) -> Person | None:
    """The active person of an address, whatever its letter case."""
    return Person.objects.filter(email=normal_email(email), is_active=True).first()


def people(ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Several people at once, by id."""
    return Person.objects.in_bulk(list(ids))


def sessions_of(person_id: UUID) -> list[SessionView]:
    """The browsers in which a person is signed in, newest first."""
    rows = BrowserSession.objects.filter(
        person_id=person_id, expire_date__gt=timezone.now()
    ).order_by("-created_at")
    return [
        SessionView(row.session_key, row.user_agent, row.created_at, row.expire_date)
        for row in rows
    ]
