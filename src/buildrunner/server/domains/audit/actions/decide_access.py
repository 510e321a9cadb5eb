"""Say of one member that the access stays, or take it away."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.models import AccessReview, AccessReviewItem
from buildrunner.server.domains.audit.queries import access_reviews as queries
from buildrunner.server.domains.audit.rules import review_periods as rules
from buildrunner.server.domains.audit.types import ReviewItemView
from buildrunner.server.domains.tenancy.facade import (
    access_of_members,
    organization_scope,
    remove_org_member,
    remove_service_account,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Forbidden
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def decide_access(
    actor: Actor, org_id: UUID, review_id: UUID, item_id: UUID, *, approved: bool, note: str = ""
) -> ReviewItemView:
    """Record the decision; without approval the member leaves the organization at once.

    Decided in person by whoever holds `audit.manage`, about oneself only where nobody else could.
    The last decision completes the campaign. Raises `Forbidden`, and `Conflict` where the item is
    decided, or the access cannot be taken (the last owner).
    """
    note = one_line(note, "note", rules.LONGEST_NOTE) if note.strip() else ""
    with organization_scope(actor, org_id, "audit.manage"):
        review = queries.find_review(review_id, lock=True)
        if actor.kind != "person":
            raise Forbidden(
                f"Access is reviewed in person: open /orgs/{org_id}/access-reviews/{review_id}.",
                code="in_person_only",
            )
        item = queries.find_item(review_id, item_id, lock=True)
        if item.approved is not None:
            raise Conflict("This has been decided already.", code="review_decided")
        _check_reviewer(actor, org_id, item)
        item.approved = approved
        item.note = note
        item.decided_by = actor.record()
        item.decided_at = timezone.now()
        item.save(update_fields=["approved", "note", "decided_by", "decided_at"])
        emit(
            events.REVIEW_DECIDED,
            actor=actor,
            org_id=org_id,
            subject=str(review_id),
            data={
                "period": review.review_period,
                "member": str(item.member_id),
                "approved": approved,
                "access": item.access,
                "note": note,
            },
        )
        if not approved:
            _take_away(actor, org_id, item)
        _complete(actor, org_id, review)
        return queries.item_views([item])[0]


def _check_reviewer(actor: Actor, org_id: UUID, item: AccessReviewItem) -> None:
    reviewers = frozenset(
        member.person_id
        for member in access_of_members(org_id)
        if member.kind == "person" and member.role in ("owner", "admin")
    )
    if not rules.may_decide(actor.person_id, item.member_id, reviewers):
        raise Forbidden(
            "Somebody else decides about your own access: another owner or admin.",
            code="own_access",
        )


def _take_away(actor: Actor, org_id: UUID, item: AccessReviewItem) -> None:
    still = {member.person_id for member in access_of_members(org_id)}
    if item.member_id not in still:
        return
    if item.kind == "service":
        remove_service_account(actor, org_id, item.member_id)
    else:
        remove_org_member(actor, org_id, person_id=item.member_id)


def _complete(actor: Actor, org_id: UUID, review: AccessReview) -> None:
    undecided = AccessReviewItem.objects.filter(review_id=review.id, approved__isnull=True)
    if undecided.exists():
        return
    review.status = rules.COMPLETED
    review.completed_at = timezone.now()
    review.save(update_fields=["status", "completed_at"])
    rows = AccessReviewItem.objects.filter(review_id=review.id)
    emit(
        events.REVIEW_COMPLETED,
        actor=actor,
        org_id=org_id,
        subject=str(review.id),
        data={
            "period": review.review_period,
            "approved": rows.filter(approved=True).count(),
            "removed": rows.filter(approved=False).count(),
        },
    )
