"""What the server meters of itself: calls of its API, and what projects keep on it."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.metering.actions.record_usage import record_usage
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.usage import Usage
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7

API = "//buildrunner/api"
STORAGE = "//buildrunner/storage"

# organization, project or none, person, service account, key
_Caller = tuple[UUID, UUID | None, UUID | None, UUID | None, UUID | None]


class CallMeter:
    """The calls of one process until `flush` makes usage events of them: one for each caller.

    Between two flushes they stand in memory; a process that is killed forgets those seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[_Caller] = Counter()

    def count(self, org_id: UUID, actor: Actor | None, project_id: UUID | None = None) -> None:
        """One call that an organization let in."""
        person = actor.person_id if actor else None
        service = actor is not None and actor.kind == "service"
        caller = (
            org_id,
            project_id or (actor.project_id if actor else None),
            None if service else person,
            person if service else None,
            actor.key_id if actor else None,
        )
        with self._lock:
            self._calls[caller] += 1

    def flush(self) -> int:
        """Write what has come together; what cannot be written is kept for the next time."""
        with self._lock:
            waiting, self._calls = self._calls, Counter()
        for org_id in {caller[0] for caller in waiting}:
            mine = {caller: n for caller, n in waiting.items() if caller[0] == org_id}
            try:
                record_usage(None, org_id, [_calls(caller, n) for caller, n in mine.items()])
            except Exception:
                with self._lock:
                    self._calls.update(mine)
                raise
        return len(waiting)


def _calls(caller: _Caller, count: int) -> Usage:
    org_id, project_id, person_id, agent_id, key_id = caller
    return Usage(
        id=str(uuid7()),
        source=API,
        type="api_calls",
        time=datetime.now(UTC),
        quantity=Decimal(count),
        model=None,
        provider=None,
        tokens=None,
        attribution=Attribution(
            org_id=org_id,
            project_id=project_id,
            person_id=person_id,
            agent_id=agent_id,
            key_id=key_id,
        ),
    )


def meter_storage() -> int:
    """Every day: the bytes that each project keeps in the database. A second run on one day
    changes nothing. Answers how many projects were measured."""
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, project_id, bytes FROM metering_storage() ORDER BY 1, 2")
        rows = cursor.fetchall()
    by_org: dict[UUID, list[Usage]] = {}
    for org_id, project_id, size in rows:
        usage = Usage(
            id=f"{project_id}/{now:%Y-%m-%d}",
            source=STORAGE,
            type="storage",
            time=now.replace(hour=0, minute=0, second=0, microsecond=0),
            quantity=Decimal(size),
            model=None,
            provider=None,
            tokens=None,
            attribution=Attribution(org_id=org_id, project_id=project_id),
        )
        by_org.setdefault(org_id, []).append(usage)
    for org_id, usages in by_org.items():
        record_usage(None, org_id, usages)
    return len(rows)
