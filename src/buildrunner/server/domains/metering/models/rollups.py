"""Sums by hour and day, and what came after a period was closed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from buildrunner.server.domains.metering.models.usage import MONEY, QUANTITY, Attributed
from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Rollup(Attributed):
    """The sum of the events of one hour or day (`grain`) that agree in everything named here.

    Written in the transaction of the events, so it equals their sum at every moment. `key` is a
    hash of the dimensions. `cost` sums what is known; `unpriced` counts the events whose price is
    not known, so a `cost` beside it is a part only.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive: ClassVar[Any] = Left("what was spent belongs to the organization's accounts")

    id = None  # type: ignore[assignment]
    created_at = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("org_id", "grain", "bucket", "key")
    grain = models.TextField()  # hour | day
    bucket = models.DateTimeField()
    key = models.UUIDField()
    type = models.TextField()
    provider = models.TextField(null=True)
    model = models.TextField(null=True)
    currency = models.TextField(db_default="USD")
    events = models.BigIntegerField()
    quantity = models.DecimalField(**QUANTITY)
    input = models.BigIntegerField(default=0)
    cache_read = models.BigIntegerField(default=0)
    cache_write = models.BigIntegerField(default=0)
    output = models.BigIntegerField(default=0)
    reasoning = models.BigIntegerField(default=0)
    cost = models.DecimalField(null=True, **MONEY)
    unpriced = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["org_id", "project_id", "grain", "bucket"], name="metering_rollup_project"
            )
        ]


class ClosedPeriod(TenantRow):
    """A month whose sums stand: what comes later for it is booked when it comes."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    month = models.DateField()
    actor = models.JSONField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "month"], name="metering_closed_month")
        ]


class Adjustment(TenantRow):
    """A correction to a closed month, booked later: an event that came late, or a new price.

    `cost_before` and `cost_after` are the charge of the event before and after; a late event had
    none before (`quantity` is its quantity; of a repriced one it is 0).
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive: ClassVar[Any] = Left("what was spent belongs to the organization's accounts")

    project_id = models.UUIDField(null=True)
    month = models.DateField()
    reason = models.TextField()  # late | repriced
    source = models.TextField()
    event_id = models.TextField()
    type = models.TextField()
    provider = models.TextField(null=True)
    model = models.TextField(null=True)
    quantity = models.DecimalField(**QUANTITY)
    cost_before = models.DecimalField(null=True, **MONEY)
    cost_after = models.DecimalField(null=True, **MONEY)
    version_before = models.TextField(null=True)
    version_after = models.TextField(null=True)
    booked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "month", "id"], name="metering_adjustment_month")
        ]
