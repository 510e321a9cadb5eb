"""The statements of `record_usage` and their values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from buildrunner.server.domains.metering import events
from buildrunner.server.domains.metering.rules import booking
from buildrunner.server.domains.metering.rules.booking import Booked, Dimensions, Sum
from buildrunner.server.domains.metering.rules.rates import price_json
from buildrunner.server.domains.metering.types.prices import Price
from buildrunner.server.domains.metering.types.usage import Outcome, Usage
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.events.emit import CHANNEL

# A month is closed under the same lock, alone: no event slips into one that is being closed.
LOCK = "metering periods"
OPENING = f"""
WITH locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(hashtextextended('{LOCK}' || %s::text, 0)))
SELECT (SELECT jsonb_agg(jsonb_build_object(
            'id', p.id, 'type', p.type, 'provider', p.provider, 'model', p.model,
            'valid_from', p.valid_from, 'withdrawn_at', p.withdrawn_at,
            'kept', jsonb_build_object('rates', p.rates, 'batch_rates', p.batch_rates,
                'per_request', p.per_request::text, 'per_unit', p.per_unit::text,
                'currency', p.currency)))::text
          FROM metering_ownprice p WHERE p.org_id = %s),
       (SELECT array_agg(c.month) FROM metering_closedperiod c
         WHERE c.org_id = %s AND c.month = ANY(%s::date[])),
       EXISTS (SELECT 1 FROM metering_budget b WHERE b.org_id = %s AND b.ended_at IS NULL),
       (SELECT jsonb_object_agg(month, CASE WHEN to_regclass('public.' || place) IS NULL
                                       THEN 'metering_usage_other' ELSE place END)::text
          FROM (SELECT month, 'metering_usage_' || to_char(month, '"y"YYYY"m"MM') AS place
                  FROM unnest(%s::date[]) AS month) AS months),
       locked
  FROM locked
"""  # noqa: S608 (constants)
_ENTER = """
INSERT INTO metering_seen (org_id, source, event_id, digest, time)
SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::timestamptz[])
"""
# All names at once, which fails where one of them is known: two thirds of the work of looking for
# each. Tells which versions of prices nothing was charged by before.
ENTER_ALL = f"""
WITH entered AS ({_ENTER})
SELECT array_agg(version) FROM unnest(%s::text[]) AS version WHERE NOT EXISTS (
    SELECT 1 FROM metering_priceversion k WHERE k.org_id = %s AND k.version = version)
"""  # noqa: S608 (constants)
ENTER_SOME = f"{_ENTER} ON CONFLICT DO NOTHING RETURNING source, event_id"
KNOWN = """
WITH wanted AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS w (source, event_id))
SELECT s.source, s.event_id, s.digest, u.cost, coalesce(u.currency, 'USD'), u.price_version
  FROM wanted w
  JOIN metering_seen s
    ON s.org_id = %s AND s.source = w.source AND s.event_id = w.event_id
  LEFT JOIN LATERAL (
    SELECT * FROM metering_usage u
     WHERE u.org_id = %s AND u.time = s.time AND u.source = s.source AND u.event_id = s.event_id
     LIMIT 1) u ON true
"""
_ROWS = 250  # of a batch that are written as text at a time
# First what events of one batch have in common, then what is each one's own.
COLUMNS = (
    "org_id, project_id, team_id, source, type, unit, provider, model, currency, price_version,"
    " milestone, step, microstep, pr, run, person_id, key_id, agent_id, time, occurred_at,"
    " event_id, quantity, input, cache_read, cache_write, output, reasoning, batch, cost, data"
)
_MEASURES = ("events", "quantity", "input", "cache_read", "cache_write", "output", "reasoning")
SUMS = f"""
INSERT INTO metering_rollup AS r (org_id, grain, bucket, key, project_id, team_id, type, provider,
    model, currency, milestone, step, microstep, person_id, key_id, agent_id,
    {", ".join(_MEASURES)}, cost, unpriced)
SELECT %s, s.* FROM jsonb_to_recordset(%s::jsonb) AS s (grain text, bucket timestamptz, key uuid,
    project_id uuid, team_id uuid, type text, provider text, model text, currency text,
    milestone text, step text, microstep text, person_id uuid, key_id uuid, agent_id uuid,
    {", ".join(f"{name} numeric" if name == "quantity" else f"{name} bigint" for name in _MEASURES)},
    cost numeric, unpriced bigint)
ON CONFLICT (org_id, grain, bucket, key) DO UPDATE SET
    {", ".join(f"{name} = r.{name} + excluded.{name}" for name in (*_MEASURES, "unpriced"))},
    cost = CASE WHEN r.cost IS NULL THEN excluded.cost
                ELSE r.cost + coalesce(excluded.cost, 0) END
"""  # noqa: S608 (constants)
VERSIONS = """
INSERT INTO metering_priceversion (id, created_at, org_id, version, provider, model, rates)
SELECT id, statement_timestamp(), %s, version, provider, model, rates
  FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::jsonb[])
    AS v (id, version, provider, model, rates)
 WHERE NOT EXISTS (SELECT 1 FROM metering_priceversion k
                    WHERE k.org_id = %s AND k.version = v.version)
ON CONFLICT DO NOTHING
"""
ADJUSTMENTS = """
INSERT INTO metering_adjustment (id, created_at, org_id, reason, project_id, month, source,
    event_id, type, provider, model, quantity, cost_after, version_after, booked_at)
SELECT id, statement_timestamp(), %s, 'late', project_id, month, source, event_id, type, provider,
       model, quantity, cost, version, booked_at
  FROM unnest(%s::uuid[], %s::uuid[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::text[], %s::numeric[], %s::numeric[], %s::text[], %s::timestamptz[])
    AS a (id, project_id, month, source, event_id, type, provider, model, quantity, cost, version,
          booked_at)
"""
UNPRICED = """
INSERT INTO metering_unpricedmodel (id, created_at, org_id, month, type, provider, model)
SELECT id, statement_timestamp(), %s, month, type, provider, model
  FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::text[], %s::text[])
    AS m (id, month, type, provider, model)
ON CONFLICT DO NOTHING RETURNING type, provider, model
"""
ALERT = f"""
WITH said AS (
    INSERT INTO events_event (created_at, org_id, kind, project_id, subject, actor, data)
    VALUES (statement_timestamp(), %s, '{events.UNPRICED}', %s, %s, %s, %s) RETURNING 1)
SELECT pg_notify('{CHANNEL}', '') FROM said
"""  # noqa: S608 (constants)
RECEIPTS = """
INSERT INTO metering_usagereceipt (id, created_at, org_id, project_id, source, event_id, type,
    time, status, code, detail)
SELECT id, statement_timestamp(), %s, project_id, source, event_id, type, time, status, code, detail
  FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
              %s::text[], %s::text[], %s::text[])
    AS r (id, project_id, source, event_id, type, time, status, code, detail)
"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def names(org_id: UUID, booked: Sequence[Booked]) -> list[Any]:
    """For `ENTER_SOME`, and first in `ENTER_ALL`: arrays as PostgreSQL writes them, which is several
    times faster than to adapt their members."""
    return [
        org_id,
        _array([one.usage.source for one in booked]),
        _array([one.usage.id for one in booked]),
        '{"\\\\x' + '","\\\\x'.join([one.digest.hex() for one in booked]) + '"}',
        '{"' + '","'.join([one.stamp for one in booked]) + '"}',
    ]


def _array(texts: list[str]) -> str:
    joined = "".join(texts)
    if '"' in joined or "\\" in joined:
        texts = [one.replace("\\", "\\\\").replace('"', '\\"') for one in texts]
    return '{"' + '","'.join(texts) + '"}'


def copy_into(leaf: str) -> str:
    """COPY into a partition; its name comes from the database."""
    return f"COPY {leaf} ({COLUMNS}) FROM STDIN"


def lines(org_id: UUID, booked: Sequence[Booked]) -> list[bytes]:
    """Rows in PostgreSQL's text format, some at a time: what fits into the processor's cache."""
    org = str(org_id)
    known: dict[tuple[Any, ...], str] = {}
    return [
        _lines(org, booked[start : start + _ROWS], known) for start in range(0, len(booked), _ROWS)
    ]


def _lines(org: str, booked: Sequence[Booked], known: dict[tuple[Any, ...], str]) -> bytes:
    """`known` is what was written before: what repeats from row to row is written once."""
    found = []
    for one, name in zip(booked, _texts([one.usage.id for one in booked]), strict=True):
        usage, cost = one.usage, one.cost
        price = one.price if cost is not None else None
        kind = (
            *(id(usage.attribution), usage.source, usage.type, usage.provider, usage.model),
            id(price),
        )
        common = known.get(kind)
        if common is None:
            common = known[kind] = _common(org, usage, price)
        tokens = usage.tokens
        counts = (
            f"{tokens.input}\t{tokens.cache_read}\t{tokens.cache_write}\t{tokens.output}\t"
            f"{tokens.reasoning}\t{'t' if tokens.batch else 'f'}"
            if tokens is not None
            else "\\N\t\\N\t\\N\t\\N\t\\N\t\\N"
        )
        occurred = one.stamp if one.occurred_at is one.time else booking.stamp(one.occurred_at)
        data = _text(json.dumps(usage.data, ensure_ascii=False)) if usage.data else _N
        found.append(
            f"{common}\t{one.stamp}\t{occurred}\t{name}\t{usage.quantity}\t{counts}\t"
            f"{_N if cost is None else cost}\t{data}\n"
        )
    return "".join(found).encode()


def _common(org: str, usage: Usage, price: Price | None) -> str:
    """The columns in which events of one cause, source, type, model and price agree."""
    cause = usage.attribution
    return (
        f"{org}\t{cause.project_id or _N}\t{cause.team_id or _N}\t{_text(usage.source)}\t"
        f"{usage.type}\t{booking.UNITS[usage.type]}\t{_text(usage.provider)}\t"
        f"{_text(usage.model)}\tUSD\t{_text(price.version if price else None)}\t"
        f"{_text(cause.milestone)}\t{_text(cause.step)}\t{_text(cause.microstep)}\t"
        f"{_text(cause.pr)}\t{_text(cause.run)}\t{cause.person_id or _N}\t"
        f"{cause.key_id or _N}\t{cause.agent_id or _N}"
    )


_N = "\\N"


def _texts(values: list[str]) -> list[str]:
    """`_text` of each; most need none."""
    joined = "".join(values)
    if "\\" in joined or not joined.isprintable():
        return [_text(one) for one in values]
    return values


def _text(value: str | None) -> str:
    if value is None:
        return _N
    if "\\" in value or not value.isprintable():
        return value.translate(_ESCAPES)
    return value


def sums(
    org_id: UUID,
    hours: Mapping[tuple[datetime, Dimensions], Sum],
    days: Mapping[tuple[datetime, Dimensions], Sum],
) -> list[Any]:
    """For `SUMS`: in one order, whatever batch they come from, so that no two wait for each other."""
    keys: dict[Dimensions, UUID] = {}
    rows = []
    for grain, found in (("day", days), ("hour", hours)):
        for (bucket, about), row in found.items():
            key = keys.get(about) or keys.setdefault(about, about.key())
            names = {"grain": grain, "bucket": bucket, "key": key, **about._asdict()}
            rows.append(names | msgspec.structs.asdict(row))
    rows.sort(key=lambda row: (row["grain"], row["bucket"], row["key"]))
    return [org_id, msgspec.json.encode(rows).decode()]


def versions(org_id: UUID, prices: Iterable[Price]) -> list[Any]:
    """For `VERSIONS`."""
    rows = sorted(prices, key=lambda price: price.version)
    return [
        org_id,
        [uuid7() for _ in rows],
        [one.version for one in rows],
        [one.provider for one in rows],
        [one.model for one in rows],
        [Jsonb(price_json(one)) for one in rows],
        org_id,
    ]


def adjustments(org_id: UUID, late: Sequence[Booked]) -> list[Any]:
    """For `ADJUSTMENTS`."""
    return [
        org_id,
        [uuid7() for _ in late],
        [one.usage.attribution.project_id for one in late],
        [booking.month_of(one.occurred_at) for one in late],
        [one.usage.source for one in late],
        [one.usage.id for one in late],
        [one.usage.type for one in late],
        [one.usage.provider for one in late],
        [one.usage.model for one in late],
        [one.usage.quantity for one in late],
        [one.cost for one in late],
        [one.price.version if one.price and one.cost is not None else None for one in late],
        [one.time for one in late],
    ]


def unpriced(org_id: UUID, found: Iterable[Booked]) -> list[Any]:
    """For `UNPRICED`."""
    rows = sorted(
        {
            (
                booking.month_of(one.time),
                one.usage.type,
                one.usage.provider or "",
                one.usage.model or "",
            )
            for one in found
        }
    )
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [org_id, [uuid7() for _ in rows], *columns]


def alert(org_id: UUID, actor: Actor, row: tuple[Any, ...], found: Iterable[Booked]) -> list[Any]:
    """For `ALERT`: which model, and the first project that used it."""
    kind, provider, model = row
    first = next(
        one.usage
        for one in found
        if (one.usage.type, one.usage.provider or "", one.usage.model or "") == row
    )
    data = {"type": kind, "provider": provider, "model": model, "source": first.source}
    return [
        org_id,
        first.attribution.project_id,
        model or provider or kind,
        Jsonb(actor.record()),
        Jsonb(data),
    ]


def receipts(org_id: UUID, lost: Sequence[tuple[Usage, Outcome]], now: datetime) -> list[Any]:
    """For `RECEIPTS`."""
    return [
        org_id,
        [uuid7() for _ in lost],
        [usage.attribution.project_id for usage, _ in lost],
        [usage.source for usage, _ in lost],
        [usage.id for usage, _ in lost],
        [usage.type for usage, _ in lost],
        [usage.time or now for usage, _ in lost],
        [outcome.status for _, outcome in lost],
        [outcome.code for _, outcome in lost],
        [outcome.detail for _, outcome in lost],
    ]
