"""Budgets, what was spent of them in each period, and what is held."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow

_STAYS = Left("what was spent belongs to the organization's accounts")
_MONEY: dict[str, Any] = {"max_digits": 20, "decimal_places": 10}
_SUM: dict[str, Any] = {"max_digits": 30, "decimal_places": 10}


class Budget(TenantRow):
    """A cap or a plan for what something costs in a period; see `types.budgets.BudgetView`.

    `target` is scope, project and subject in one text, by which a call finds its budgets. Rows are
    ended, not deleted: what is held against one is settled all the same.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive: ClassVar[Any] = _STAYS

    project_id = models.UUIDField(null=True)
    scope = models.TextField()
    subject = models.TextField(blank=True)
    target = models.TextField()
    name = models.TextField(blank=True)
    period = models.TextField()
    amount = models.DecimalField(**_MONEY)
    hard = models.BooleanField(default=False)
    alert_threshold = models.DecimalField(max_digits=5, decimal_places=4)
    locked = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    origin = models.TextField(blank=True)  # "": people; policy
    actor = models.JSONField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="metering_budget_row"),
            models.UniqueConstraint(
                fields=["org_id", "target", "period", "origin"],
                condition=models.Q(ended_at__isnull=True),
                name="metering_budget_once",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="metering_budget_amount"
            ),
        ]


class Balance(TenantRow):
    """What one period of a budget has spent and holds: the row that reservations lock.

    `lifted` was approved beyond the budget's amount. `told` is the highest part of which people
    were told, `refused_at` when the first call was refused for want of money.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    id = None  # type: ignore[assignment]
    created_at = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("org_id", "budget_id", "start")
    budget_id = models.UUIDField()
    start = models.DateTimeField()
    spent = models.DecimalField(default=0, db_default=0, **_SUM)
    reserved = models.DecimalField(default=0, db_default=0, **_SUM)
    lifted = models.DecimalField(default=0, db_default=0, **_SUM)
    told = models.DecimalField(default=0, db_default=0, max_digits=5, decimal_places=4)
    refused_at = models.DateTimeField(null=True)


class Hold(TenantRow):
    """A reservation or lease. `budgets` and `starts` name the balances that it is held in, in the
    order of their locks; `targets` is its cause. `state` is open, settled, released or expired."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    in_archive: ClassVar[Any] = _STAYS

    kind = models.TextField()  # reservation | lease
    project_id = models.UUIDField(null=True)
    amount = models.DecimalField(**_MONEY)
    actual = models.DecimalField(null=True, **_MONEY)
    state = models.TextField(default="open")
    targets = ArrayField(models.TextField())
    budgets = ArrayField(models.UUIDField())
    starts = ArrayField(models.DateTimeField())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="open"),
                name="metering_hold_due",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="metering_hold_ended",
            ),
        ]


class Lift(TenantRow):
    """A recorded approval to spend more than a budget in one period."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive: ClassVar[Any] = _STAYS

    project_id = models.UUIDField(null=True)
    budget_id = models.UUIDField()
    start = models.DateTimeField()
    amount = models.DecimalField(**_MONEY)
    reason = models.TextField()
    actor = models.JSONField()
    person_id = models.UUIDField()


class QuotaSetting(TenantRow):
    """Whether an organization lets usage of a type pass its tier's limit, to be billed."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    type = models.TextField()
    overage = models.BooleanField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "type"], name="metering_quota_once")
        ]


class StorageGrowth(TenantRow):
    """What came to an organization's storage since it was measured on `day` (2000-01-01: never), in
    bytes; what was deleted is taken off. Only kept where the tier limits storage."""

    day = models.DateField()
    bytes = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "day"], name="metering_growth_once")
        ]


class QuotaWarning(TenantRow):
    """A part of a limit of which people were told in a month."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    month = models.DateField()
    type = models.TextField()
    level = models.DecimalField(max_digits=5, decimal_places=4)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "month", "type", "level"], name="metering_quota_told"
            )
        ]
