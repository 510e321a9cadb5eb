"""Prices: an organization's own, those that were charged, and models without one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import TenantRow


class OwnPrice(TenantRow):
    """A price of the organization's own list, from `valid_from` on until the next one of the same
    provider and model. Rows never change; `withdrawn_at` ends one before its time.

    `rates` holds USD for a million tokens by kind as strings, `batch_rates` those of the batch
    interface; `per_request` is USD for a call, `per_unit` USD for a unit of usage that is not
    tokens (then `model` is `*` or what the provider sells).
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    provider = models.TextField(blank=True)  # "": whoever provides the model
    model = models.TextField()
    type = models.TextField(default="tokens")
    rates = models.JSONField(default=dict)
    batch_rates = models.JSONField(null=True)
    per_request = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    per_unit = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    currency = models.TextField(db_default="USD")
    valid_from = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    actor = models.JSONField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "model"], name="metering_ownprice_model")
        ]


class PriceVersion(TenantRow):
    """The rates of every price that was charged: a charge can be computed again for good, also
    after the library that held them has moved on."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    version = models.TextField()
    provider = models.TextField()
    model = models.TextField()
    rates = models.JSONField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "version"], name="metering_priceversion_once")
        ]


class UnpricedModel(TenantRow):
    """A model that was used in a month without a known price: it raises one alert."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    month = models.DateField()
    type = models.TextField()
    provider = models.TextField(blank=True)
    model = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "month", "type", "provider", "model"],
                name="metering_unpriced_once",
            )
        ]
