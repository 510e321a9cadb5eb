"""Counting attempts, in the database so that all processes count together."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.db import connection
from django.utils.crypto import salted_hmac

from buildrunner.server.domains.identity.models import Throttle
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import TooManyRequests


def slow_down(kind: str, subject: str, *, limit: int, window: timedelta) -> None:
    """Count one attempt; beyond `limit` in a window raise `TooManyRequests`.

    The attempt counts before it is judged, so that parallel guesses do not slip through.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO identity_throttle AS t (id, created_at, bucket, count, window_ends_at)
            VALUES (%(id)s, now(), %(bucket)s, 1, now() + make_interval(secs => %(window)s))
            ON CONFLICT (bucket) DO UPDATE SET
                count = CASE WHEN t.window_ends_at <= now() THEN 1 ELSE t.count + 1 END,
                window_ends_at = CASE WHEN t.window_ends_at <= now()
                                      THEN now() + make_interval(secs => %(window)s) ELSE t.window_ends_at END
            RETURNING count, extract(epoch FROM window_ends_at - now())::float
            """,
            {"id": uuid7(), "bucket": _bucket(kind, subject), "window": window.total_seconds()},
        )
        count, seconds = cursor.fetchone()
    if count > limit:
        wait = max(1, ceil(seconds))
        raise TooManyRequests(f"Too many attempts. Try again in {wait} seconds.", retry_after=wait)


def forgive(kind: str, subject: str) -> None:
    """Forget the attempts: one of them was right."""
    Throttle.objects.filter(bucket=_bucket(kind, subject)).delete()


def _bucket(kind: str, subject: str) -> bytes:
    """Keyed, so that the table tells nobody which addresses were tried."""
    return salted_hmac(f"throttle {kind}", subject, algorithm="sha256").digest()
