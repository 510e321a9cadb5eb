"""Passing news: told to whoever listens at the moment, and kept nowhere.

What must be known later is an event; this is for what is stale within seconds. A whisper goes
through PostgreSQL to every process, so it is heard on all hosts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

CHANNEL = "buildrunner_whispers"
LONGEST = 7_900  # bytes; PostgreSQL takes less than 8,000


class Whisper(NamedTuple):
    """`data` about `key`, for readers of a project who asked for `kind`. A later one with the same
    key takes the place of an earlier one that has not been passed on yet.
    """

    kind: str
    org_id: UUID
    project_id: UUID
    key: str
    data: dict[str, Any]


def whisper(said: Iterable[Whisper]) -> None:
    """Tell every process when the transaction commits. Raises `ValueError` for one that is too
    long to be told.
    """
    payloads = [_payload(one) for one in said]
    if payloads:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, one) FROM unnest(%s::text[]) AS one", [CHANNEL, payloads]
            )


def heard(payload: str) -> Whisper | None:
    """What a notification says; `None` for what cannot be read."""
    try:
        kind, org_id, project_id, key, data = json.loads(payload)
        return Whisper(str(kind), UUID(org_id), UUID(project_id), str(key), dict(data))
    except (ValueError, TypeError, AttributeError):
        return None


def _payload(said: Whisper) -> str:
    parts = [said.kind, str(said.org_id), str(said.project_id), said.key, said.data]
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    if len(text) > LONGEST:
        raise ValueError(f"a whisper of {len(text)} bytes is too long; {LONGEST} fit")
    return text
