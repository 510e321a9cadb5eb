"""Endpoints, deliveries and attempts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

import buildrunner.server.platform.db.rows
from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        (
            "id",
            models.UUIDField(
                default=buildrunner.server.platform.db.rows.uuid7,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


ENDPOINT = migrations.CreateModel(
    name="Endpoint",
    fields=row(
        project_id=models.UUIDField(null=True),
        url=models.TextField(),
        description=models.CharField(blank=True, max_length=200),
        kinds=models.JSONField(),
        enabled=models.BooleanField(default=True),
        disabled_reason=models.CharField(blank=True, max_length=16),
        disabled_at=models.DateTimeField(null=True),
        secret=models.TextField(),
        previous_secret=models.TextField(blank=True),
        previous_until=models.DateTimeField(null=True),
        failures=models.PositiveIntegerField(default=0),
        failing_since=models.DateTimeField(null=True),
        wake_at=models.DateTimeField(null=True),
        updated_at=models.DateTimeField(auto_now=True),
    ),
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "id"), name="notifications_endpoint_tenant")
        ],
    },
)

DELIVERY = migrations.CreateModel(
    name="Delivery",
    fields=row(
        endpoint_id=models.UUIDField(),
        event_id=models.TextField(),
        kind=models.TextField(),
        project_id=models.UUIDField(null=True),
        body=models.TextField(),
        happened_at=models.DateTimeField(),
        due_at=models.DateTimeField(null=True),
        delivered_at=models.DateTimeField(null=True),
        tries=models.PositiveIntegerField(default=0),
        attempts=models.PositiveIntegerField(default=0),
        trouble=models.TextField(blank=True),
    ),
    options={
        "indexes": [
            models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["endpoint_id", "due_at", "id"],
                name="notifications_delivery_due",
            ),
            models.Index(fields=["endpoint_id", "id"], name="notifications_delivery_log"),
            models.Index(fields=["created_at"], name="notifications_delivery_age"),
        ],
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "id"), name="notifications_delivery_tenant"),
            models.UniqueConstraint(
                fields=("org_id", "endpoint_id", "event_id"), name="notifications_delivery_event"
            ),
        ],
    },
)

ATTEMPT = migrations.CreateModel(
    name="Attempt",
    fields=row(
        delivery_id=models.UUIDField(),
        number=models.PositiveIntegerField(),
        finished_at=models.DateTimeField(null=True),
        status=models.PositiveIntegerField(null=True),
        latency_ms=models.PositiveIntegerField(null=True),
        trouble=models.TextField(blank=True),
        answer=models.TextField(blank=True),
        signatures=models.PositiveSmallIntegerField(default=1),
    ),
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "delivery_id", "number"), name="notifications_attempt_number"
            )
        ],
    },
)


class Migration(migrations.Migration):
    """The first tables of the room, and what the worker asks before it enters a tenant."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        ENDPOINT,
        DELIVERY,
        ATTEMPT,
        foreign_key("notifications_endpoint", "org_id", "tenancy_organization"),
        tenant_foreign_key("notifications_endpoint", "project_id", "tenancy_project"),
        tenant_foreign_key("notifications_delivery", "endpoint_id", "notifications_endpoint"),
        tenant_foreign_key("notifications_attempt", "delivery_id", "notifications_delivery"),
        definer_function(
            "notifications_listening(uuid[])",
            "SETOF uuid",
            "SELECT DISTINCT org_id FROM notifications_endpoint"
            " WHERE enabled AND org_id = ANY(organizations)",
            header="organizations uuid[]",
        ),
        # Messages wait whose moment has passed, and the look that was to find them is overdue too.
        definer_function(
            "notifications_overdue(timestamptz)",
            "TABLE (org_id uuid, endpoint_id uuid)",
            """
            SELECT e.org_id, e.id FROM notifications_endpoint e
            WHERE e.enabled AND (e.wake_at IS NULL OR e.wake_at < late) AND EXISTS (
                SELECT FROM notifications_delivery d
                WHERE d.endpoint_id = e.id AND d.due_at < late
            )
            """,
            header="late timestamptz",
        ),
        # The attempts of a message go with it.
        definer_function(
            "notifications_purge(timestamptz, integer)",
            "bigint",
            """
            WITH gone AS (
                DELETE FROM notifications_delivery WHERE id IN (
                    SELECT id FROM notifications_delivery WHERE created_at < before LIMIT most
                ) RETURNING 1
            ) SELECT count(*) FROM gone
            """,
            header="before timestamptz, most integer",
            volatility="VOLATILE",
        ),
    ]
