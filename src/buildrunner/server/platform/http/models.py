"""What the edge remembers: answers given under an `Idempotency-Key`, and counts of requests."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import Row


class KeptAnswer(Row):
    """The answer to a request that named a key. `id` is a hash of the caller and the key.

    `body` is sealed, since answers carry secrets that are shown once; null where it was too large
    to keep. The web role has no right here: it asks functions that need the hash.
    """

    web_grants: ClassVar[tuple[str, ...]] = ()
    sealed: ClassVar[dict[str, str]] = {"body": "http.answer"}

    id = models.BinaryField(primary_key=True, max_length=32)  # type: ignore[assignment]
    fingerprint = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="http_keptanswer_age"),
        ]


class RequestCount(Row):
    """How many requests of a window have been handed out to processes. The table is UNLOGGED: a
    crash of the database forgets the counts, which only lets somebody through once more.

    `subject` is a keyed hash, so no address is kept. `granted` is what the last asker got.
    """

    id = None  # type: ignore[assignment]
    created_at = None  # type: ignore[assignment]
    subject = models.BinaryField(primary_key=True, max_length=32)
    window = models.BigIntegerField(db_index=True)
    taken = models.IntegerField()
    granted = models.IntegerField()
