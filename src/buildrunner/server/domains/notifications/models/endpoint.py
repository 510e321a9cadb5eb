"""Where messages go."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Endpoint(TenantRow):
    """An address outside that is told, of the organization, of one project or of one person.

    `service` says how it is spoken to: `webhook` is a signed CloudEvent for each event that fits
    `kinds`; the others are told in words. Of those `url` is masked and the whole address is sealed
    in `secret`; `email` is the organization's way to its people's mailboxes, one row, no address.

    `secret` is sealed; `previous_secret` signs beside it until `previous_until`. `wake_at` names
    the one job that looks after the endpoint next: a job that finds another moment there is an
    older one and does nothing. Whoever changes it holds the row's lock.
    """

    in_archive = Left("it names places and secrets of one organization")
    sealed: ClassVar[dict[str, str]] = {
        "secret": "webhooks.secret",
        "previous_secret": "webhooks.secret",
    }

    project_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    service = models.CharField(max_length=16, default="webhook")
    least = models.CharField(max_length=8, default="low")
    url = models.TextField()
    description = models.CharField(max_length=200, blank=True)
    kinds = models.JSONField()
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=16, blank=True)
    disabled_at = models.DateTimeField(null=True)
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="notifications_endpoint_tenant"),
            models.UniqueConstraint(
                fields=["org_id"],
                condition=models.Q(service="email"),
                name="notifications_endpoint_email",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    service__in=["webhook", "slack", "discord", "teams", "generic", "email"]
                ),
                name="notifications_endpoint_service",
            ),
        ]
