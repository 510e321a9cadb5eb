"""Read what a provider says was used, and count it: each day once, however often it is read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.analytics import events
from buildrunner.server.domains.analytics.actions.manage_sources import JOB
from buildrunner.server.domains.analytics.models import Source
from buildrunner.server.domains.analytics.queries.sources import SEAL
from buildrunner.server.domains.analytics.rules import collecting as rules
from buildrunner.server.domains.analytics.rules.collecting import Ask, Reading, Unreadable
from buildrunner.server.domains.analytics.rules.kinds import KINDS
from buildrunner.server.domains.analytics.types.watching import Collected
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.crypto.sealing import SealBroken, unseal
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.http.outbound import OutboundRefused, outbound_client
from buildrunner.server.platform.jobs.defer import defer

SECONDS: Final = 30.0
WHOLE: Final = 240.0  # seconds for all pages of a source
LARGEST: Final = 16 * 1024 * 1024
# A new source brings its last week; later each reading looks back over days that may have grown.
FIRST: Final = timedelta(days=7)
BACK: Final = timedelta(days=2)
_BATCH: Final = 1000
_MOST_CORRECTIONS: Final = 20
_TOKENS: Final = ("input", "cache_read", "cache_write", "output", "reasoning")
_PAUSE: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(hours=12)


class Failed(Exception):
    """A source could not be read; the text is for people, `wait` is the provider's own wish."""

    def __init__(self, words: str, wait: timedelta | None = None) -> None:
        super().__init__(words)
        self.wait = wait


class Load(NamedTuple):
    """What is to be read, outside a transaction."""

    kind: str
    url: str
    settings: dict[str, Any]
    key: str
    since: date
    until: date


def collect_due() -> int:
    """Queue a reading of every source that is due; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT org_id, id FROM analytics_sources_due()")
        rows = cursor.fetchall()
        for org_id, id_ in rows:
            defer(JOB, {"org_id": str(org_id), "source_id": str(id_)}, once=f"{JOB}:{id_}")
    return len(rows)


def collect_usage(
    org_id: UUID,
    source_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    asked: bool = False,
) -> Collected | None:
    """Read one source: the days asked for, or those since the last reading. None where it is off,
    gone, or waits for its next try (unless somebody `asked`)."""
    load = _load(org_id, source_id, since, until, asked=asked)
    if load is None:
        return None
    try:
        readings = _read(load)
    except Failed as failure:
        return _note_failure(org_id, source_id, load, failure)
    return _count(org_id, source_id, load, readings)


def _load(
    org_id: UUID, source_id: UUID, since: date | None, until: date | None, *, asked: bool
) -> Load | None:
    today = datetime.now(UTC).date()
    with tenant_scope(org_id):
        row = Source.objects.filter(org_id=org_id, id=source_id, enabled=True).first()
        if row is None or (not asked and row.retry_at and row.retry_at > timezone.now()):
            return None
        last = min(until or today, today)
        first = since or (row.collected_until - BACK if row.collected_until else last - FIRST)
        first = max(first, last - timedelta(days=rules.MOST_DAYS))
        try:
            key = unseal(row.api_key, SEAL) if row.api_key else ""
        except SealBroken:
            key = "\0"
        return Load(row.kind, row.base_url, row.settings, key, min(first, last), last)


def _read(load: Load) -> list[Reading]:
    """Everything the provider says of these days, a reading for each thing and day."""
    if load.key == "\0":
        raise Failed("Its key does not open; send it again with PATCH.")
    if load.since >= load.until:
        return []
    about = KINDS[load.kind]
    deadline = time.monotonic() + WHOLE
    found: list[Reading] = []
    with outbound_client(own=True, seconds=SECONDS, largest=LARGEST) as client:
        for ask in about.asks(load.settings, load.since, load.until):
            following: Ask | None = ask
            for _ in range(rules.MOST_PAGES):
                if following is None:
                    break
                if time.monotonic() > deadline:
                    raise Failed(f"It took longer than {WHOLE:.0f} seconds to read it all.")
                body = _fetch(client, load, following)
                try:
                    answer = about.read(body, load.settings, load.until - timedelta(days=1))
                except Unreadable as trouble:
                    raise Failed(f"{ask.path or 'It'}: {trouble}") from None
                found += answer.readings
                following = ask.again(answer.page) if answer.page else None
    try:
        return rules.merged(found, load.since, load.until)
    except Unreadable as trouble:
        raise Failed(str(trouble)) from None


def _fetch(client: httpx.Client, load: Load, ask: Ask) -> bytes:
    headers = KINDS[load.kind].headers(load.key)
    try:
        answer = client.get(f"{load.url}{ask.path}", params=list(ask.params), headers=headers)
    except OutboundRefused as refused:
        raise Failed(str(refused)) from None
    except httpx.TimeoutException:
        raise Failed(f"It did not answer within {SECONDS:.0f} seconds.") from None
    except httpx.TransportError as trouble:
        raise Failed(f"No connection: {trouble}"[:300]) from None
    if answer.status_code in (401, 403):
        raise Failed(
            f"It refuses the key ({answer.status_code}). {KINDS[load.kind].key_words} is needed."
        )
    if answer.status_code == 429:
        raise Failed("It asks us to slow down (429).", _wish(answer))
    if answer.status_code != 200:
        raise Failed(f"It answered {answer.status_code} to {ask.path or 'the request'}.")
    return answer.content


def _wish(answer: httpx.Response) -> timedelta | None:
    said = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(said), 86_400)) if said.isdigit() else None


def _count(
    org_id: UUID, source_id: UUID, load: Load, readings: Sequence[Reading]
) -> Collected | None:
    counts = {"accepted": 0, "duplicate": 0, "rejected": 0, "differing": 0}
    with tenant_scope(org_id):
        row = Source.objects.select_for_update().filter(org_id=org_id, id=source_id).first()
        if row is None:
            return None
        for start in range(0, len(readings), _BATCH):
            part = readings[start : start + _BATCH]
            usages = [_usage(row, one, one.name) for one in part]
            for reading, outcome in zip(
                part, metering.record_usage(SYSTEM, org_id, usages), strict=True
            ):
                status = str(outcome.status)
                if outcome.code == "usage_conflict":
                    status = _correct(row, reading)
                counts[status] += 1
        row.collected_until = max(row.collected_until or load.until, load.until)
        row.collected_at = timezone.now()
        row.last_events, row.differing = counts["accepted"], counts["differing"]
        row.failures, row.retry_at, row.last_error = 0, None, ""
        row.save()
        done = Collected(
            source_id,
            row.name,
            load.since,
            load.until,
            counts["accepted"],
            counts["duplicate"],
            counts["rejected"],
            counts["differing"],
        )
        _tell(
            events.SOURCE_COLLECTED,
            row,
            since=str(load.since),
            until=str(load.until),
            accepted=done.accepted,
            duplicates=done.duplicates,
            rejected=done.rejected,
            differing=done.differing,
        )
        return done


def _correct(row: Source, reading: Reading) -> str:
    """The provider now says another amount for a day that was counted: what is more is counted as
    an event of its own; what is less cannot be taken back, and is told."""
    if reading.type == "storage":
        return "duplicate"  # a level, not a sum: the first measure of the day stands
    before: list[metering.EventView] = []
    for number in range(_MOST_CORRECTIONS):
        name = reading.name if not number else f"{reading.name}#{number}"
        found = metering.list_events(
            row.org_id, name=name, source=_source(row), status="accepted", limit=1
        )
        if not found:
            break
        before += found
    quantity = reading.quantity - sum((one.quantity or Decimal(0) for one in before), Decimal(0))
    charged = None
    if reading.charged is not None:
        charged = reading.charged - sum((one.cost or Decimal(0) for one in before), Decimal(0))
        charged = charged.quantize(Decimal("1e-10"))
    tokens = _left(reading, before)
    least: list[Decimal | int] = [quantity, charged or Decimal(0), *(tokens or ())]
    if not any(least):
        return "duplicate"
    if any(one < 0 for one in least) or len(before) >= _MOST_CORRECTIONS:
        return "differing"
    more = None
    if tokens and reading.tokens:
        more = metering.Tokens(
            **dict(zip(_TOKENS, tokens, strict=True)), batch=reading.tokens.batch
        )
    usage = _usage(row, reading, f"{reading.name}#{len(before)}", quantity, more, charged)
    (outcome,) = metering.record_usage(SYSTEM, row.org_id, [usage])
    return "accepted" if outcome.status == "accepted" else "differing"


def _left(reading: Reading, before: Sequence[metering.EventView]) -> tuple[int, ...] | None:
    if reading.tokens is None:
        return None
    return tuple(
        getattr(reading.tokens, name) - sum((one.tokens or {}).get(name) or 0 for one in before)
        for name in _TOKENS
    )


def _usage(
    row: Source,
    reading: Reading,
    name: str,
    quantity: Decimal | None = None,
    tokens: metering.Tokens | None = None,
    charged: Decimal | None = None,
) -> metering.Usage:
    corrects = quantity is not None
    return metering.Usage(
        id=name,
        source=_source(row),
        type=reading.type,  # type: ignore[arg-type]  # judged where it is counted
        time=rules.moment(reading.day),
        quantity=reading.quantity if quantity is None else quantity,
        model=reading.model,
        provider=reading.provider,
        tokens=tokens if corrects else reading.tokens,
        attribution=metering.Attribution(row.org_id, project_id=row.project_id),
        data=dict(reading.data),
        charged=charged if corrects else reading.charged,
    )


def _source(row: Source) -> str:
    return f"collector/{row.kind}/{row.id}"


def _note_failure(org_id: UUID, source_id: UUID, load: Load, failure: Failed) -> Collected | None:
    with tenant_scope(org_id):
        row = Source.objects.select_for_update().filter(org_id=org_id, id=source_id).first()
        if row is None:
            return None
        row.failures += 1
        pause = min(_PAUSE * 2 ** min(row.failures - 1, 10), _LONGEST)
        row.retry_at = timezone.now() + max(pause, failure.wait or timedelta())
        row.last_error = str(failure)[:500]
        row.save()
        _tell(
            events.SOURCE_FAILED,
            row,
            detail=row.last_error,
            failures=row.failures,
            retry_at=row.retry_at.isoformat(),
        )
        return Collected(
            source_id, row.name, load.since, load.until, 0, 0, 0, 0, row.last_error, row.retry_at
        )


def _tell(kind: str, row: Source, **data: Any) -> None:
    emit(
        kind,
        actor=SYSTEM,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data={"kind": row.kind, "name": row.name, **data},
    )
