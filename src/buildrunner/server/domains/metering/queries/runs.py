"""What one run of an agent spent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection


class Spent(NamedTuple):
    """In one currency; `cost` is None where the price of a part is not known."""

    currency: str
    cost: Decimal | None
    known: Decimal
    calls: int
    tokens: int


# What names no run, but comes from the run's own key while it went on, is the run's.
_SPENT = """
SELECT currency, coalesce(sum(cost), 0), count(*),
       coalesce(sum(coalesce(input, 0) + coalesce(cache_read, 0) + coalesce(cache_write, 0)
                    + coalesce(output, 0)), 0),
       count(*) FILTER (WHERE cost IS NULL)
  FROM metering_usage
 WHERE org_id = %(org_id)s AND project_id = %(project_id)s
   AND type NOT IN ('api_calls', 'storage') AND time >= %(since)s
   AND (run = %(run)s
        OR (run IS NULL AND key_id = %(key_id)s AND occurred_at >= %(since)s
            AND occurred_at <= %(until)s))
 GROUP BY 1 ORDER BY 1
"""


def spent_in_run(
    org_id: UUID,
    project_id: UUID,
    run: str,
    *,
    key_id: UUID | None,
    since: datetime,
    until: datetime,
) -> list[Spent]:
    """By currency, in scope: what names the run, and with `key_id` what that key spent from `since`
    to `until` without naming any."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SPENT,
            {
                "org_id": org_id,
                "project_id": project_id,
                "run": run,
                "key_id": key_id,
                "since": since,
                "until": until,
            },
        )
        rows = cursor.fetchall()
    return [
        Spent(currency, None if unpriced else known, known, calls, int(tokens))
        for currency, known, calls, tokens, unpriced in rows
    ]
