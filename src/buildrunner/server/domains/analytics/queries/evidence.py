"""Checks that came in as evidence: the sums, and what is not summed up yet; in scope."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from buildrunner.server.platform.events.stream import Position

# Before every event, those included that came with an archive.
BEGINNING: Final = Position(-2, 0, 0)
_PASSED: Final = frozenset({"pass", "passed"})
_FAILED: Final = frozenset({"fail", "failed", "error"})
# One statement, so that the mark and the sums are of the same moment.
_SUMS: Final = """
    SELECT m.epoch, m.transaction, m.event_id, s.day, s.actor, s.microsteps, s.passed, s.total
    FROM analytics_evidence_mark m
    LEFT JOIN analytics_evidence_sum s
      ON s.org_id = m.org_id AND s.project_id = m.project_id
     AND s.day >= %(since)s AND s.day < %(until)s
    WHERE m.org_id = %(org)s AND m.project_id = %(project)s
    ORDER BY s.day
"""
_TAIL: Final = """
    SELECT created_at, actor, data, epoch, transaction, id FROM events_event
    WHERE org_id = %(org)s AND project_id = %(project)s AND kind = 'evidence.received'
      AND (epoch, transaction, id) > (%(epoch)s, %(transaction)s, %(id)s) {only}
    ORDER BY epoch, transaction, id
"""
_IN_TIME: Final = "AND created_at >= %(start)s AND created_at < %(end)s"
# An event of a transaction that began earlier may still come: what lies behind it waits.
_COMPLETE: Final = (
    "AND (epoch < events_epoch() OR transaction < txid_snapshot_xmin(txid_current_snapshot()))"
)
_FIRST: Final = " LIMIT %(most)s"


class Evidence(NamedTuple):
    """Checks of one day, by one actor, for the same microsteps: of `total` that passed or failed,
    `passed` did."""

    day: date
    actor: Mapping[str, Any]
    microsteps: list[str]
    passed: int
    total: int


class Kept(NamedTuple):
    """What sums have in common, as it is kept; `key` is the digest of the rest but the day."""

    day: date
    key: bytes
    actor: str
    microsteps: str


def evidence(org_id: UUID, project_id: UUID, since: date, until: date) -> Iterator[Evidence]:
    """What came in from `since` up to `until`, the sums first."""
    asked: dict[str, Any] = {
        "org": org_id,
        "project": project_id,
        "since": since,
        "until": until,
    }
    place = BEGINNING
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, asked)
        rows = cursor.fetchall()
    for epoch, transaction, event_id, day, actor, microsteps, passed, total in rows:
        place = Position(epoch, transaction, event_id)
        if day is not None:
            yield Evidence(day, json.loads(actor), json.loads(microsteps), passed, total)
    asked |= {"start": _start(since), "end": _start(until), **place._asdict()}
    with connection.cursor() as cursor:
        cursor.execute(_TAIL.format(only=_IN_TIME), asked)
        tail = cursor.fetchall()
    for at, actor, data, *_ in tail:
        yield _read(at, actor, data)


def unsummed(
    org_id: UUID, project_id: UUID, place: Position, most: int
) -> tuple[dict[Kept, tuple[int, int]], Position, bool]:
    """Of the first `most` complete events behind `place`: passed and total by what they have in
    common, the place they reach up to, and whether there may be more."""
    asked: dict[str, Any] = {
        "org": org_id,
        "project": project_id,
        "most": most,
        **place._asdict(),
    }
    passed: Counter[Kept] = Counter()
    total: Counter[Kept] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(_TAIL.format(only=_COMPLETE) + _FIRST, asked)
        rows = cursor.fetchall()
    for at, actor, data, *position in rows:
        one, place = _read(at, actor, data), Position(*position)
        kept = _kept(one)
        passed[kept] += one.passed
        total[kept] += one.total
    return {kept: (passed[kept], total[kept]) for kept in total}, place, len(rows) == most


def _read(at: datetime, actor: str, data: str) -> Evidence:
    told: dict[str, Any] = json.loads(data)
    outcomes = told.get("outcomes") or {}
    passed = sum(count for name, count in outcomes.items() if name in _PASSED)
    lost = sum(count for name, count in outcomes.items() if name in _FAILED)
    names = [str(one) for one in told.get("microsteps") or () if one]
    return Evidence(at.astimezone(UTC).date(), json.loads(actor), names, passed, passed + lost)


def _kept(one: Evidence) -> Kept:
    # Names are the persons' own and may be forgotten: whoever has an id is kept by it.
    members = ("kind", "id", "label") if one.actor.get("id") else ("kind", "name", "label")
    actor = json.dumps({name: one.actor[name] for name in members if one.actor.get(name)})
    microsteps = json.dumps(one.microsteps)
    key = blake2b(f"{actor}\n{microsteps}".encode(), digest_size=16).digest()
    return Kept(one.day, key, actor, microsteps)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
