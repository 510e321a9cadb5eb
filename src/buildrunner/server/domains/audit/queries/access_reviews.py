"""Campaigns and their lines; reading needs `audit.read`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from buildrunner.server.domains.audit.models import (
    AccessReview,
    AccessReviewItem,
    ReviewSchedule,
)
from buildrunner.server.domains.audit.rules import review_periods as rules
from buildrunner.server.domains.audit.types import ReviewItemView, ReviewView
from buildrunner.server.domains.tenancy.facade import names_of_members, organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound


def access_reviews(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[ReviewView]:
    """The campaigns of an organization, newest first."""
    with organization_scope(actor, org_id, "audit.read"):
        rows = AccessReview.objects.order_by("-id")
        if before:
            rows = rows.filter(id__lt=before)
        today = timezone.now().date()
        return [view_of(row, today) for row in rows[:limit]]


def get_access_review(actor: Actor, org_id: UUID, review_id: UUID) -> ReviewView:
    """One campaign; raises `NotFound`."""
    with organization_scope(actor, org_id, "audit.read"):
        return view_of(find_review(review_id), timezone.now().date())


def access_review_items(
    actor: Actor,
    org_id: UUID,
    review_id: UUID,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[ReviewItemView]:
    """The lines of a campaign, in the order in which the members joined."""
    with organization_scope(actor, org_id, "audit.read"):
        find_review(review_id)
        rows = AccessReviewItem.objects.filter(review_id=review_id).order_by("id")
        if after:
            rows = rows.filter(id__gt=after)
        return item_views(list(rows[:limit]))


def reviews_are_quarterly(actor: Actor, org_id: UUID) -> bool:
    """Whether campaigns begin by themselves."""
    with organization_scope(actor, org_id, "audit.read"):
        return ReviewSchedule.objects.filter(org_id=org_id).exists()


def find_review(review_id: UUID, *, lock: bool = False) -> AccessReview:
    """A campaign of the organization in scope; raises `NotFound`."""
    rows = AccessReview.objects.select_for_update() if lock else AccessReview.objects.all()
    found = rows.filter(id=review_id).first()
    if found is None:
        raise NotFound(f"No access review {review_id} here.", code="review_not_found")
    return found


def find_item(review_id: UUID, item_id: UUID, *, lock: bool = False) -> AccessReviewItem:
    """A line of a campaign in scope; raises `NotFound`."""
    rows = AccessReviewItem.objects.select_for_update() if lock else AccessReviewItem.objects.all()
    found = rows.filter(review_id=review_id, id=item_id).first()
    if found is None:
        raise NotFound(f"No line {item_id} in this review.", code="review_item_not_found")
    return found


def view_of(row: AccessReview, today: date) -> ReviewView:
    """A campaign with its counts."""
    counts = AccessReviewItem.objects.filter(review_id=row.id).aggregate(
        total=Count("id"),
        kept=Count("id", filter=Q(approved=True)),
        removed=Count("id", filter=Q(approved=False)),
    )
    undecided = counts["total"] - counts["kept"] - counts["removed"]
    return ReviewView(
        id=row.id,
        period=row.review_period,
        status=rules.status_of(undecided=undecided, due=row.due_date, today=today),
        due_date=row.due_date,
        opened_by=row.opened_by,
        opened_at=row.created_at,
        completed_at=row.completed_at,
        total=counts["total"],
        approved=counts["kept"],
        removed=counts["removed"],
    )


def item_views(rows: Sequence[AccessReviewItem]) -> list[ReviewItemView]:
    """Lines with the names that the members have today; nobody's where they are gone."""
    names = names_of_members([row.member_id for row in rows])
    return [
        ReviewItemView(
            id=row.id,
            member_id=row.member_id,
            kind=row.kind,
            name=names[row.member_id][0] if row.member_id in names else "",
            email=names[row.member_id][1] if row.member_id in names else "",
            role=row.access.get("role", ""),
            projects=row.access.get("projects", []),
            keys=row.access.get("keys", 0),
            approved=row.approved,
            note=row.note,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )
        for row in rows
    ]
