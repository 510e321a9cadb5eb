"""The event table: append-only, one row for each mutation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Archived
from buildrunner.server.platform.db.rows import Row, TenantRow


class Event(TenantRow):
    """One thing that happened.

    `transaction` is the writer's transaction id and orders the stream together with `id`:
    a reader stops at the oldest transaction still running, so that no row that commits late is
    passed over. `epoch` grows with each restore, since transaction ids do not survive one.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    reader_grants: ClassVar[tuple[str, ...]] = ("SELECT",)
    # Epoch -1 lies before every place that a reader can start from: what comes with an archive is
    # history, and nobody is told of it again.
    in_archive = Archived(
        rank=90,
        order=("epoch", "transaction", "id"),
        left_out=("id", "epoch", "transaction"),
        fixed={"epoch": -1, "transaction": 0},
        actors=("actor",),
    )

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    epoch = models.IntegerField(
        db_default=models.Func(function="events_epoch", output_field=models.IntegerField())
    )
    transaction = models.BigIntegerField(
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField())
    )
    kind = models.TextField()
    project_id = models.UUIDField(null=True)
    subject = models.TextField(blank=True)
    actor = models.JSONField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["epoch", "transaction", "id"], name="events_order"),
            models.Index(fields=["org_id", "project_id", "id"], name="events_project"),
            models.Index(
                fields=["org_id", "project_id", "created_at", "id"], name="events_by_time"
            ),
        ]


class Cursor(Row):
    """How far one subscriber has read: the position of the last event it has dealt with.

    While it fails at the next one, `failures` counts the tries and `failing_since` is set.
    """

    id = None  # type: ignore[assignment]
    subscriber = models.TextField(primary_key=True)
    epoch = models.IntegerField(default=0)
    transaction = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    failing_since = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, db_default="")
