"""What people are told, what they follow, and how they want to be told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import Row, TenantRow


class Notice(TenantRow):
    """One thing told to one person: a row of the inbox.

    It exists once for an event, a person and a kind, whoever tells it again. `shown` is false where
    the person wants none of the kind in the inbox. `mail_at` is set while it waits for a mail (a
    digest, the end of the quiet hours). An `outside` one is for somebody who does not belong (yet),
    one of an `agent` for a member that is no person.
    """

    in_archive = Left("told to people of this server")

    project_id = models.UUIDField(null=True)
    person_id = models.UUIDField()
    event_id = models.TextField()
    kind = models.CharField(max_length=64)
    subject = models.TextField(blank=True)
    title = models.TextField()
    body = models.TextField(blank=True)
    url = models.TextField(blank=True)
    priority = models.CharField(max_length=8)
    actor_id = models.UUIDField(null=True)
    shown = models.BooleanField(default=True)
    outside = models.BooleanField(default=False)
    agent = models.BooleanField(default=False, db_default=False)
    read_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "event_id", "person_id", "kind"],
                name="notifications_notice_once",
            ),
            models.CheckConstraint(
                condition=models.Q(priority__in=["low", "normal", "high", "urgent"]),
                name="notifications_notice_priority",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person_id", "-id"], name="notifications_notice_inbox"),
            models.Index(
                fields=["person_id"],
                condition=models.Q(read_at__isnull=True, shown=True),
                name="notifications_notice_unread",
            ),
            models.Index(
                fields=["mail_at"],
                condition=models.Q(mail_at__isnull=False),
                name="notifications_notice_mail",
            ),
            models.Index(fields=["created_at"], name="notifications_notice_age"),
        ]


class Watch(TenantRow):
    """What somebody follows in a project (`auto`, `manual`) or wants to hear nothing of (`muted`).

    `subject` is `project:<id>`, `microstep:<id in the plan>`, `comment:<id>` and the like.
    """

    in_archive = Left("what a person of this server follows")

    project_id = models.UUIDField()
    person_id = models.UUIDField()
    subject = models.TextField()
    how = models.CharField(max_length=8)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "subject", "person_id"],
                name="notifications_watch_once",
            ),
            models.CheckConstraint(
                condition=models.Q(how__in=["auto", "manual", "muted"]),
                name="notifications_watch_how",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person_id", "project_id"], name="notifications_watch_person"),
        ]


class Preference(Row):
    """How a person wants to be told, in every organization; no row is the defaults.

    `choices` holds what differs from the defaults, `{kind: {channel: bool}}`. The quiet hours are
    minutes of the day in `time_zone`; equal ends are none. `digest` is off, hourly, daily or
    weekly, at `digest_minute` of the day, weekly on `digest_weekday` (0 is Monday).
    """

    person_id = models.UUIDField(unique=True)
    choices = models.JSONField(default=dict)
    time_zone = models.CharField(max_length=64, default="UTC")
    quiet_from = models.PositiveSmallIntegerField(default=0)
    quiet_to = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=8, default="off")
    digest_minute = models.PositiveSmallIntegerField(default=8 * 60)
    digest_weekday = models.PositiveSmallIntegerField(default=0)
    mail_off = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(digest__in=["off", "hourly", "daily", "weekly"]),
                name="notifications_preference_digest",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    quiet_from__lt=1440,
                    quiet_to__lt=1440,
                    digest_minute__lt=1440,
                    digest_weekday__lt=7,
                ),
                name="notifications_preference_moments",
            ),
        ]
