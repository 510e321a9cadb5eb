"""The inbox, what is watched, how people want to be told, and channels beside webhooks."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

import buildrunner.server.platform.db.rows
from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)


def row(*, tenant: bool = True, **fields: Any) -> list[tuple[str, Any]]:
    """The columns that every row has, then its own."""
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
        *([("org_id", models.UUIDField(editable=False))] if tenant else []),
        *fields.items(),
    ]


NOTICE = migrations.CreateModel(
    name="Notice",
    fields=row(
        project_id=models.UUIDField(null=True),
        person_id=models.UUIDField(),
        event_id=models.TextField(),
        kind=models.CharField(max_length=64),
        subject=models.TextField(blank=True),
        title=models.TextField(),
        body=models.TextField(blank=True),
        url=models.TextField(blank=True),
        priority=models.CharField(max_length=8),
        actor_id=models.UUIDField(null=True),
        shown=models.BooleanField(default=True),
        outside=models.BooleanField(default=False),
        read_at=models.DateTimeField(null=True),
        mail_at=models.DateTimeField(null=True),
    ),
    options={
        "indexes": [
            models.Index(fields=["person_id", "-id"], name="notifications_notice_inbox"),
            models.Index(
                condition=models.Q(("read_at__isnull", True), ("shown", True)),
                fields=["person_id"],
                name="notifications_notice_unread",
            ),
            models.Index(
                condition=models.Q(("mail_at__isnull", False)),
                fields=["mail_at"],
                name="notifications_notice_mail",
            ),
            models.Index(fields=["created_at"], name="notifications_notice_age"),
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "event_id", "person_id", "kind"),
                name="notifications_notice_once",
            ),
            models.CheckConstraint(
                condition=models.Q(("priority__in", ["low", "normal", "high", "urgent"])),
                name="notifications_notice_priority",
            ),
        ],
    },
)

WATCH = migrations.CreateModel(
    name="Watch",
    fields=row(
        project_id=models.UUIDField(),
        person_id=models.UUIDField(),
        subject=models.TextField(),
        how=models.CharField(max_length=8),
    ),
    options={
        "indexes": [
            models.Index(fields=["person_id", "project_id"], name="notifications_watch_person")
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "project_id", "subject", "person_id"),
                name="notifications_watch_once",
            ),
            models.CheckConstraint(
                condition=models.Q(("how__in", ["auto", "manual", "muted"])),
                name="notifications_watch_how",
            ),
        ],
    },
)

PREFERENCE = migrations.CreateModel(
    name="Preference",
    fields=row(
        tenant=False,
        person_id=models.UUIDField(unique=True),
        choices=models.JSONField(default=dict),
        time_zone=models.CharField(default="UTC", max_length=64),
        quiet_from=models.PositiveSmallIntegerField(default=0),
        quiet_to=models.PositiveSmallIntegerField(default=0),
        digest=models.CharField(default="off", max_length=8),
        digest_minute=models.PositiveSmallIntegerField(default=480),
        digest_weekday=models.PositiveSmallIntegerField(default=0),
        mail_off=models.BooleanField(default=False),
        updated_at=models.DateTimeField(auto_now=True),
    ),
    options={
        "constraints": [
            models.CheckConstraint(
                condition=models.Q(("digest__in", ["off", "hourly", "daily", "weekly"])),
                name="notifications_preference_digest",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    ("digest_minute__lt", 1440),
                    ("digest_weekday__lt", 7),
                    ("quiet_from__lt", 1440),
                    ("quiet_to__lt", 1440),
                ),
                name="notifications_preference_moments",
            ),
        ],
    },
)

CHANNELS = [
    migrations.AddField("Endpoint", "person_id", models.UUIDField(null=True)),
    migrations.AddField("Endpoint", "service", models.CharField(default="webhook", max_length=16)),
    migrations.AddField("Endpoint", "least", models.CharField(default="low", max_length=8)),
    migrations.AddField("Delivery", "person_id", models.UUIDField(null=True)),
    migrations.AddConstraint(
        "Endpoint",
        models.UniqueConstraint(
            condition=models.Q(("service", "email")),
            fields=("org_id",),
            name="notifications_endpoint_email",
        ),
    ),
    migrations.AddConstraint(
        "Endpoint",
        models.CheckConstraint(
            condition=models.Q(
                ("service__in", ["webhook", "slack", "discord", "teams", "generic", "email"])
            ),
            name="notifications_endpoint_service",
        ),
    ),
]

# What a person may see of the own notices now: whoever lost a project no longer reads of it, and an
# organization that asks for a second factor or HTTPS tells nothing to a session without.
_VISIBLE = """
      FROM notifications_notice n
      JOIN tenancy_organization o ON o.id = n.org_id
      LEFT JOIN tenancy_organizationmembership m
        ON m.org_id = n.org_id AND m.person_id = person
      LEFT JOIN tenancy_projectmembership p
        ON p.org_id = n.org_id AND p.project_id = n.project_id AND p.person_id = person
     WHERE n.person_id = person AND n.shown
       AND (only_org IS NULL OR n.org_id = only_org)
       AND (only_project IS NULL OR n.project_id = only_project)
       AND (proven OR NOT o.require_mfa) AND (secure OR NOT o.enforce_https)
       AND (n.outside OR (m.person_id IS NOT NULL AND (
            n.project_id IS NULL OR m.role IN ('owner', 'admin') OR p.person_id IS NOT NULL)))
"""
_WHO = "person uuid, only_org uuid, only_project uuid, proven boolean, secure boolean"

LOOKUPS = [
    definer_function(
        "notifications_inbox(uuid, uuid, uuid, boolean, boolean, boolean, text[], uuid, integer)",
        "SETOF notifications_notice",
        f"SELECT n.* {_VISIBLE}"
        " AND (NOT unread OR n.read_at IS NULL)"
        " AND (priorities IS NULL OR n.priority = ANY(priorities))"
        " AND (before IS NULL OR n.id < before)"
        " ORDER BY n.id DESC LIMIT size",
        header=f"{_WHO}, unread boolean, priorities text[], before uuid, size integer",
    ),
    definer_function(
        "notifications_unread(uuid, uuid, uuid, boolean, boolean)",
        "TABLE (unread bigint, urgent bigint)",
        f"SELECT count(*), count(*) FILTER (WHERE n.priority = 'urgent') {_VISIBLE}"
        " AND n.read_at IS NULL",
        header=_WHO,
    ),
    # Whose waiting mails are due.
    definer_function(
        "notifications_mail_due(timestamptz)",
        "TABLE (org_id uuid, person_id uuid)",
        "SELECT DISTINCT n.org_id, n.person_id FROM notifications_notice n"
        " WHERE n.mail_at <= moment",
        header="moment timestamptz",
    ),
    definer_function(
        "notifications_purge_notices(timestamptz, integer)",
        "bigint",
        """
        WITH gone AS (
            DELETE FROM notifications_notice WHERE id IN (
                SELECT id FROM notifications_notice
                WHERE created_at < before AND mail_at IS NULL LIMIT most
            ) RETURNING 1
        ) SELECT count(*) FROM gone
        """,
        header="before timestamptz, most integer",
        volatility="VOLATILE",
    ),
]


class Migration(migrations.Migration):
    """The tables, their ties to other rooms, and what is asked before a tenant is entered."""

    dependencies: ClassVar = [
        ("notifications", "0001_initial"),
        ("tenancy", "0009_page_of_projects"),
        ("identity", "0001_initial"),
    ]
    operations: ClassVar = [
        NOTICE,
        WATCH,
        PREFERENCE,
        *CHANNELS,
        foreign_key("notifications_notice", "org_id", "tenancy_organization"),
        tenant_foreign_key("notifications_notice", "project_id", "tenancy_project"),
        foreign_key("notifications_notice", "person_id", "identity_person"),
        tenant_foreign_key("notifications_watch", "project_id", "tenancy_project"),
        foreign_key("notifications_watch", "person_id", "identity_person"),
        foreign_key("notifications_preference", "person_id", "identity_person"),
        foreign_key("notifications_endpoint", "person_id", "identity_person"),
        *LOOKUPS,
    ]
