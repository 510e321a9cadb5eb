"""Access reviews by API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.types import ReviewItemView
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page
from buildrunner.spec.formats.csv_cells import quoted

router = Router(tags=["audit"])

_ALL = "/orgs/{uuid:org_id}/access-reviews"
_ONE = _ALL + "/{uuid:review_id}"


class AccessReviewOut(Schema):
    """A campaign: everybody's access, judged once a quarter."""

    id: UUID
    period: str = Field(description="The quarter", examples=["2026-Q4"])
    status: str = Field(description="`open`, `overdue` or `completed`", examples=["open"])
    due_date: date
    opened_at: datetime
    completed_at: datetime | None
    total: int = Field(description="Members under review")
    approved: int
    removed: int


class ReviewedProject(Schema):
    """A role in a project."""

    id: UUID
    title: str
    role: str


class AccessReviewItemOut(Schema):
    """One member: what was held when the review began, and what was decided."""

    id: UUID
    member_id: UUID
    kind: str = Field(description="`person` or `service`")
    name: str = Field(description="Empty where the member is gone")
    email: str
    role: str
    projects: list[ReviewedProject]
    keys: int = Field(description="API keys that held")
    approved: bool | None = Field(description="null until somebody decides")
    note: str
    decided_by: dict[str, Any] | None
    decided_at: datetime | None


class AccessDecisionIn(Body):
    """Whether the access stays."""

    approved: bool = Field(description="false takes the member out of the organization at once")
    note: str = Field("", max_length=500)


class ReviewScheduleIn(Body):
    """Whether a campaign begins by itself each quarter."""

    quarterly: bool


@router.get(
    _ALL,
    response=Page[AccessReviewOut],
    operation_id="listAccessReviews",
    summary="List access reviews",
)
def list_access_reviews(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first. Needs `audit.read`."""
    found = audit.access_reviews(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ALL,
    response={201: AccessReviewOut},
    operation_id="openAccessReview",
    summary="Begin the access review of this quarter",
)
def open_access_review(request: HttpRequest, response: HttpResponse, org_id: UUID) -> Status[Any]:
    """With a line for each member. Needs `audit.manage`; one a quarter."""
    made = audit.open_access_review(actor_of(request), org_id)
    response["Location"] = f"/api/orgs/{org_id}/access-reviews/{made.id}"
    return Status(201, made)


@router.put(
    _ALL + "/schedule",
    response={204: None},
    operation_id="scheduleAccessReviews",
    summary="Begin access reviews each quarter, or not",
)
def schedule_access_reviews(
    request: HttpRequest, org_id: UUID, payload: ReviewScheduleIn
) -> Status[None]:
    """The first begins within a day."""
    audit.schedule_access_reviews(actor_of(request), org_id, quarterly=payload.quarterly)
    return Status(204, None)


@router.get(
    _ONE, response=AccessReviewOut, operation_id="getAccessReview", summary="Get an access review"
)
def get_access_review(request: HttpRequest, org_id: UUID, review_id: UUID) -> Any:
    """How far it has come."""
    return audit.get_access_review(actor_of(request), org_id, review_id)


@router.get(
    _ONE + "/items",
    response=Page[AccessReviewItemOut],
    operation_id="listAccessReviewItems",
    summary="List the members under review",
)
def list_access_review_items(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    review_id: UUID,
    paging: PagingQuery,
) -> dict[str, Any]:
    """In the order in which they joined."""
    found = audit.access_review_items(
        actor_of(request), org_id, review_id, after=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ONE + "/items/{uuid:item_id}/decision",
    response=AccessReviewItemOut,
    operation_id="decideAccess",
    summary="Keep or take away a member's access",
)
def decide_access(
    request: HttpRequest, org_id: UUID, review_id: UUID, item_id: UUID, payload: AccessDecisionIn
) -> Any:
    """In person, in a browser session; about oneself only where nobody else could. Taken away, the
    member leaves the organization at once. The last decision completes the review."""
    return audit.decide_access(
        actor_of(request),
        org_id,
        review_id,
        item_id,
        approved=payload.approved,
        note=payload.note,
    )


@router.get(
    _ONE + "/export",
    response={200: None},
    operation_id="exportAccessReview",
    summary="Download an access review as CSV",
)
def export_access_review(request: HttpRequest, org_id: UUID, review_id: UUID) -> HttpResponse:
    """A line for each member."""
    actor = actor_of(request)
    review = audit.get_access_review(actor, org_id, review_id)
    text = as_csv(audit.access_review_items(actor, org_id, review_id))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = f"access-review-{review.period}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def as_csv(items: list[ReviewItemView]) -> str:
    """A table for people and spreadsheets; what a spreadsheet would run is made text."""
    columns = "member_id kind name email role projects keys approved decided_by decided_at note"
    lines = [columns.split()]
    for item in items:
        projects = "; ".join(f"{one['title']} ({one['role']})" for one in item.projects)
        decision = "" if item.approved is None else "yes" if item.approved else "no"
        lines.append(
            [
                *(str(item.member_id), item.kind, item.name, item.email, item.role, projects),
                *(str(item.keys), decision, (item.decided_by or {}).get("name", "")),
                *(item.decided_at.isoformat() if item.decided_at else "", item.note),
            ]
        )
    return "".join(",".join(map(quoted, line)) + "\r\n" for line in lines)
