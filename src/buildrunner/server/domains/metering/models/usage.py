"""Usage events, what tells them apart, and what was not counted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow

MONEY: dict[str, Any] = {"max_digits": 20, "decimal_places": 10}
QUANTITY: dict[str, Any] = {"max_digits": 30, "decimal_places": 6}


class Attributed(TenantRow):
    """Columns of `types.Attribution` beside the organization."""

    project_id = models.UUIDField(null=True)
    team_id = models.UUIDField(null=True)
    milestone = models.TextField(null=True)
    step = models.TextField(null=True)
    microstep = models.TextField(null=True)
    person_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    agent_id = models.UUIDField(null=True)

    class Meta:
        abstract = True


class UsageEvent(Attributed):
    """One event that counts, with its charge.

    Partitioned by the month of `time`, when it is booked: the event's own time (`occurred_at`), or
    the time of receipt where that lies in a closed period. Batches arrive by COPY, which PostgreSQL
    does not let pass row-level security: it goes into a partition itself, where the web role may
    do nothing else, and a constraint and a trigger compare `org_id` with the scope.

    `cost` is null where no price is known; `price_version` says by which price it was computed.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    leaf_grants: ClassVar[tuple[str, ...]] = ("INSERT",)
    in_archive: ClassVar[Any] = Left("what was spent belongs to the organization's accounts")

    created_at = None  # type: ignore[assignment]
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    time = models.DateTimeField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    source = models.TextField()
    event_id = models.TextField()
    type = models.TextField()
    quantity = models.DecimalField(**QUANTITY)
    unit = models.TextField()
    provider = models.TextField(null=True)
    model = models.TextField(null=True)
    input = models.BigIntegerField(null=True)
    cache_read = models.BigIntegerField(null=True)
    cache_write = models.BigIntegerField(null=True)
    output = models.BigIntegerField(null=True)
    reasoning = models.BigIntegerField(null=True)
    batch = models.BooleanField(null=True)
    cost = models.DecimalField(null=True, **MONEY)
    currency = models.TextField(db_default="USD")
    price_version = models.TextField(null=True)
    pr = models.TextField(null=True)
    run = models.TextField(null=True)
    data = models.JSONField(null=True)

    class Meta:
        db_table = "metering_usage"


class UsageSeen(TenantRow):
    """The name of every event that counts, and a digest of its payload: what makes it count once.

    Partitioned by a hash of the name. `time` is when the event is booked, which finds its row.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    id = None  # type: ignore[assignment]
    created_at = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("org_id", "source", "event_id")
    source = models.TextField()
    event_id = models.TextField()
    digest = models.BinaryField(max_length=16)
    time = models.DateTimeField()

    class Meta:
        db_table = "metering_seen"


class UsageReceipt(TenantRow):
    """An event that did not count: a duplicate, or one that was rejected and why."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive: ClassVar[Any] = Left("what was spent belongs to the organization's accounts")

    project_id = models.UUIDField(null=True)
    source = models.TextField()
    event_id = models.TextField()
    type = models.TextField(blank=True)
    time = models.DateTimeField()
    status = models.TextField()
    code = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "time"], name="metering_receipt_time"),
            models.Index(fields=["created_at"], name="metering_receipt_age"),
        ]
