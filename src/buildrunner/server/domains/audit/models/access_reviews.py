"""Access reviews: a campaign a quarter, one decision for each member."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class AccessReview(TenantRow):
    """A campaign: `review_period` is a quarter (`2026-Q4`), `status` open, overdue or completed."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("it is about an organization's members")

    review_period = models.CharField(max_length=7)
    status = models.CharField(max_length=16, default="open")
    due_date = models.DateField()
    opened_by = models.JSONField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_reviews"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="access_reviews_tenant"),
            models.UniqueConstraint(
                fields=["org_id", "review_period"], name="access_reviews_period"
            ),
        ]


class AccessReviewItem(TenantRow):
    """One member and what was decided: `approved` is null until somebody decides.

    `kind` is person or service, `access` what the member held when the campaign began:
    `{"role": …, "projects": [{"id", "title", "role"}], "keys": n}`. `decided_by` is an actor's
    record.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("it is about an organization's members")

    review_id = models.UUIDField()
    member_id = models.UUIDField()
    kind = models.CharField(max_length=16)
    access = models.JSONField()
    approved = models.BooleanField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")
    decided_by = models.JSONField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_review_items"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "review_id", "member_id"], name="access_review_items_member"
            ),
        ]


class ReviewSchedule(TenantRow):
    """That an organization's campaigns begin by themselves each quarter; without a row they do not."""

    in_archive = Left("it is about an organization's members")

    class Meta:
        db_table = "access_review_schedule"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id"], name="access_review_schedule_org"),
        ]
