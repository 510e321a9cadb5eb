"""What goes to an endpoint, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Delivery(TenantRow):
    """One event for one endpoint.

    Pending while `due_at` is set: then it is tried (again). While an attempt is under way
    `due_at` lies a lease ahead, so that the message is sent again if nobody notes an outcome.
    `tries` counts the attempts since it was last queued, `attempts` all of them. `trouble` says
    how the last one failed. A mail has a `person_id`, whose address is looked up when it is sent.
    """

    in_archive = Left("what was sent to others is theirs")

    endpoint_id = models.UUIDField()
    event_id = models.TextField()
    kind = models.TextField()
    project_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    body = models.TextField()
    happened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    trouble = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="notifications_delivery_tenant"),
            models.UniqueConstraint(
                fields=["org_id", "endpoint_id", "event_id"], name="notifications_delivery_event"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["endpoint_id", "due_at", "id"],
                condition=models.Q(due_at__isnull=False),
                name="notifications_delivery_due",
            ),
            models.Index(fields=["endpoint_id", "id"], name="notifications_delivery_log"),
            models.Index(fields=["created_at"], name="notifications_delivery_age"),
        ]


class Attempt(TenantRow):
    """One request of a delivery; without `finished_at` its outcome is not known (yet)."""

    delivery_id = models.UUIDField()
    number = models.PositiveIntegerField()
    finished_at = models.DateTimeField(null=True)
    status = models.PositiveIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    trouble = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    signatures = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "delivery_id", "number"], name="notifications_attempt_number"
            ),
        ]
