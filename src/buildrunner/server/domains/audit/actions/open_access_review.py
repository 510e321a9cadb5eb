"""Begin a campaign with a line for each member of the organization."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.models import (
    AccessReview,
    AccessReviewItem,
    ReviewSchedule,
)
from buildrunner.server.domains.audit.policies import COMPLIANCE, require_feature
from buildrunner.server.domains.audit.queries import access_reviews as queries
from buildrunner.server.domains.audit.rules import review_periods as rules
from buildrunner.server.domains.audit.types import ReviewView
from buildrunner.server.domains.tenancy.facade import access_of_members, organization_scope
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict
from buildrunner.server.platform.events.emit import emit


def open_access_review(actor: Actor, org_id: UUID) -> ReviewView:
    """The campaign of this quarter; raises `Conflict` where it has begun already."""
    with organization_scope(actor, org_id, "audit.manage"):
        require_feature(org_id, COMPLIANCE)
        today = timezone.now().date()
        made = _begin(actor, org_id, today)
        if made is None:
            raise Conflict(
                f"The review of {rules.period_of(today)} has begun already.",
                code="review_exists",
            )
        return queries.view_of(made, today)


def schedule_access_reviews(actor: Actor, org_id: UUID, *, quarterly: bool) -> None:
    """Let campaigns begin by themselves each quarter, or no longer."""
    with organization_scope(actor, org_id, "audit.manage"):
        known = ReviewSchedule.objects.filter(org_id=org_id)
        if known.exists() == quarterly:
            return
        if quarterly:
            ReviewSchedule.objects.create(org_id=org_id)
        else:
            known.delete()
        emit(
            events.REVIEW_SCHEDULED,
            actor=actor,
            org_id=org_id,
            subject=str(org_id),
            data={"quarterly": quarterly},
        )


def keep_access_reviews() -> None:
    """Daily: begin the quarter's campaigns that are wanted, and mark those that are overdue."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT audit_orgs_with_reviews()")
        organizations = [row[0] for row in cursor.fetchall()]
    for org_id in organizations:
        with tenant_scope(org_id):
            today = timezone.now().date()
            if ReviewSchedule.objects.filter(org_id=org_id).exists():
                _begin(SYSTEM, org_id, today)
            for review in AccessReview.objects.select_for_update().filter(
                org_id=org_id, status=rules.OPEN, due_date__lt=today
            ):
                review.status = rules.OVERDUE
                review.save(update_fields=["status"])
                emit(
                    events.REVIEW_OVERDUE,
                    actor=SYSTEM,
                    org_id=org_id,
                    subject=str(review.id),
                    data={"period": review.review_period, "due": review.due_date.isoformat()},
                )


def _begin(actor: Actor, org_id: UUID, today: date) -> AccessReview | None:
    """None where the quarter has its campaign; the scope of the organization is set."""
    made = AccessReview(
        org_id=org_id,
        review_period=rules.period_of(today),
        due_date=rules.due_date(today),
        opened_by=actor.record(),
    )
    AccessReview.objects.bulk_create([made], ignore_conflicts=True)
    review = AccessReview.objects.filter(id=made.id).first()
    if review is None:
        return None
    members = access_of_members(org_id)
    AccessReviewItem.objects.bulk_create(
        AccessReviewItem(
            org_id=org_id,
            review_id=review.id,
            member_id=member.person_id,
            kind=member.kind,
            access={"role": member.role, "projects": member.projects, "keys": member.keys},
        )
        for member in members
    )
    emit(
        events.REVIEW_OPENED,
        actor=actor,
        org_id=org_id,
        subject=str(review.id),
        data={
            "period": review.review_period,
            "due": review.due_date.isoformat(),
            "members": len(members),
        },
    )
    return review
