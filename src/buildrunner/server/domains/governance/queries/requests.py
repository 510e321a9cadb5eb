"""Requests for approval, and what was said about them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.change import Change
from buildrunner.server.domains.governance.errors import RequestAbsent, ReviewAbsent
from buildrunner.server.domains.governance.models import ChangeRequest, PostReview, Vote
from buildrunner.server.domains.governance.queries.judging import (
    judgement,
    read_change,
    standing_votes,
    why_not,
)
from buildrunner.server.domains.governance.types import (
    PostReviewView,
    RequestDetail,
    RequestView,
    VoteView,
)
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.crypto.sealing import unseal

PURPOSE = "governance.change"
MOST_FILES = 200


def requests_of(access: ProjectAccess) -> Any:
    """The project's, as rows."""
    return ChangeRequest.objects.filter(org_id=access.org_id, project_id=access.project_id)


def find_request(access: ProjectAccess, number: int, *, lock: bool = False) -> ChangeRequest:
    """One by its number; locked for whoever changes it. Raises RequestAbsent."""
    rows = requests_of(access)
    row = (rows.select_for_update() if lock else rows).filter(number=number).first()
    if not isinstance(row, ChangeRequest):
        raise RequestAbsent(f"this project has no request {number} for approval", number=number)
    return row


def change_of(row: ChangeRequest) -> Change:
    """What was asked approval for."""
    return read_change(json.loads(unseal(row.change, PURPOSE)))


def settle(access: ProjectAccess, row: ChangeRequest) -> bool:
    """Judge an open request anew and set `allowed` and `denials`; whether that changed them."""
    if row.state != "open":
        return False
    found = judgement(access, change_of(row), standing_votes(access, row), row)
    before = (row.allowed, row.denials, row.policy_number)
    row.allowed, row.denials = found.allowed, found.denials
    row.policy_number = found.policy_number
    return before != (row.allowed, row.denials, row.policy_number)


def list_requests(
    access: ProjectAccess,
    *,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[RequestView]:
    """Newest first; `state` is open, withdrawn or bypassed."""
    rows = requests_of(access).order_by("-number")
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [request_view(row) for row in rows[:limit]]


def read_request(access: ProjectAccess, number: int) -> RequestDetail:
    """One, judged as things stand now. Raises RequestAbsent."""
    row = find_request(access, number)
    change = change_of(row)
    standing = standing_votes(access, row)
    judged = judgement(access, change, standing, row)
    if row.state == "open":
        row.allowed, row.denials = judged.allowed, judged.denials
        row.policy_number = judged.policy_number
    votes = Vote.objects.filter(
        org_id=access.org_id, request_id=row.id, ended_at__isnull=True
    ).order_by("id")
    ids = {vote.id for vote in standing}
    files = [
        {"path": file.path, "status": file.status, "old_path": file.old_path}
        for file in change.files[:MOST_FILES]
    ]
    reviews = PostReview.objects.filter(org_id=access.org_id, request_id=row.id).order_by("id")
    return RequestDetail(
        request_view(row),
        [_vote_view(vote, row, change, standing=vote.id in ids) for vote in votes],
        judged.needed,
        files,
        [review_view(one, row) for one in reviews],
    )


def post_reviews(access: ProjectAccess, *, open_only: bool = False) -> list[PostReviewView]:
    """What emergencies owe, the one due first first; the latest 200 of those done."""
    rows = PostReview.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if open_only:
        rows = rows.filter(reviewed_at__isnull=True, due_at__isnull=False)
    found = list(rows.order_by("due_at", "id")[:200])
    numbers = requests_of(access).in_bulk([one.request_id for one in found])
    return [review_view(one, numbers[one.request_id]) for one in found]


def find_review(access: ProjectAccess, review_id: UUID) -> PostReview:
    """One, locked. Raises ReviewAbsent."""
    row = (
        PostReview.objects.select_for_update()
        .filter(org_id=access.org_id, project_id=access.project_id, id=review_id)
        .first()
    )
    if row is None:
        raise ReviewAbsent(f"this project has no post-review {review_id}")
    return row


def request_view(row: ChangeRequest) -> RequestView:
    """A row as it is shown."""
    rejected = any(one.get("rule") == "rejected" for one in row.denials)
    status = "rejected" if rejected else "approved" if row.allowed else "waiting"
    return RequestView(
        id=row.id,
        number=row.number,
        kind=row.kind,
        status=status if row.state == "open" else row.state,
        title=row.title,
        branch=row.branch,
        target=row.target,
        base=row.base,
        head=row.head,
        paths=row.paths,
        microsteps=row.microsteps,
        allowed=row.allowed,
        denials=row.denials,
        policy_number=row.policy_number,
        author=_public(row.author),
        created_at=row.created_at,
        pushed_at=row.pushed_at,
        closed_at=row.closed_at,
    )


def review_view(row: PostReview, request: ChangeRequest) -> PostReviewView:
    """A row as it is shown."""
    late = row.due_at is not None and row.due_at < timezone.now()
    waiting = "overdue" if late else "open"
    return PostReviewView(
        id=row.id,
        request_id=row.request_id,
        request_number=request.number,
        title=request.title,
        head=row.head,
        justification=row.justification,
        denials=row.denials,
        actor=_public(row.actor),
        created_at=row.created_at,
        due_at=row.due_at,
        status=row.outcome or waiting,
        note=row.note,
        reviewed_at=row.reviewed_at,
        reviewed_by=_public(row.reviewed_by) if row.reviewed_by else None,
    )


def _vote_view(vote: Vote, row: ChangeRequest, change: Change, *, standing: bool) -> VoteView:
    stale = (vote.head, vote.content) != (row.head, row.content)
    why = "given for an earlier push" if stale else ""
    if not why and not standing:
        why = "may not decide here any more"
    if not why and vote.verdict == "approve":
        why = why_not(vote.person_id, change, row)
    return VoteView(
        id=vote.id,
        name=str(vote.actor.get("name", "")),
        person_id=vote.person_id,
        verdict=vote.verdict,
        roles=vote.roles,
        paths=vote.paths,
        note=vote.note,
        head=vote.head,
        created_at=vote.created_at,
        stale=stale,
        counts=not why,
        why=why,
    )


def _public(actor: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in actor.items() if name != "key"}
