"""Comments, what becomes of them, and links to issues elsewhere."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.rest import schemas
from buildrunner.server.domains.discussion.types import EntityType
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["discussion"])
_ONE = "/comments/{uuid:comment_id}"
ProjectQuery = Annotated[UUID, Query(description="The project")]
TypeQuery = Annotated[EntityType | None, Query(description="Only on things of this type")]
EntityQuery = Annotated[str | None, Query(max_length=512, description="Only on this one")]


@router.get(
    "/comments",
    response=Page[schemas.CommentOut],
    operation_id="listComments",
    summary="List comments, oldest first",
)
def list_comments(
    request: HttpRequest,
    response: HttpResponse,
    paging: PagingQuery,
    project_id: ProjectQuery,
    entity_type: TypeQuery = None,
    entity_id: EntityQuery = None,
    q: Annotated[str, Query(max_length=200, description="Words that the text holds")] = "",
    resolved: Annotated[
        bool | None, Query(description="Only first comments of threads that are, or are not")
    ] = None,
) -> dict[str, Any]:
    """Of a project or of a part of it, with what was said under the part's former ids."""
    actor = actor_of(request)
    with project_scope(actor, project_id, "plan.read") as access:
        found = discussion.list_comments(
            actor,
            access,
            entity_type=entity_type,
            entity_id=entity_id,
            words=q,
            resolved=resolved,
            after=after_id(paging),
            limit=paging.limit + 1,
        )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    "/comments",
    response={201: schemas.CommentOut},
    operation_id="createComment",
    summary="Comment",
)
def create_comment(request: HttpRequest, payload: schemas.CommentIn) -> Status[Any]:
    """Markdown; `@name`, `@role:QA`, `@team:frontend` mention people who may read the project.
    Needs `comment.write`."""
    made = discussion.write_comment(
        actor_of(request),
        payload.project_id,
        entity_type=payload.entity_type,
        entity_id=payload.entity_id,
        body=payload.body,
        parent_id=payload.parent_id,
        client_id=payload.client_id,
    )
    return Status(201, made)


@router.post(
    "/comments/preview",
    response=schemas.CommentPreviewOut,
    operation_id="previewComment",
    summary="Show words as a comment would",
)
def preview_comment(
    request: HttpRequest, payload: schemas.CommentPreviewIn
) -> schemas.CommentPreviewOut:
    """Nothing is kept."""
    actor_of(request)
    return schemas.CommentPreviewOut(body_html=discussion.render(payload.body))


@router.get(_ONE, response=schemas.CommentOut, operation_id="getComment", summary="Get a comment")
def get_comment(request: HttpRequest, comment_id: UUID) -> discussion.CommentView:
    """One comment by its id."""
    actor = actor_of(request)
    with discussion.comment_scope(actor, comment_id, "plan.read") as (access, row):
        return discussion.views(actor, access, [row])[0]


@router.patch(
    _ONE, response=schemas.CommentOut, operation_id="editComment", summary="Edit a comment"
)
def edit_comment(
    request: HttpRequest, comment_id: UUID, payload: schemas.CommentPatch
) -> discussion.CommentView:
    """One's own words; what was said before stays in the history."""
    return discussion.edit_comment(actor_of(request), comment_id, body=payload.body)


@router.delete(_ONE, response={204: None}, operation_id="deleteComment", summary="Delete a comment")
def delete_comment(request: HttpRequest, comment_id: UUID) -> Status[None]:
    """One's own, or with `project.manage` another's. The words and their history go for good."""
    discussion.delete_comment(actor_of(request), comment_id)
    return Status(204, None)


@router.get(
    f"{_ONE}/history",
    response=Page[schemas.CommentEditOut],
    operation_id="listCommentEdits",
    summary="What a comment said before",
)
def comment_history(request: HttpRequest, comment_id: UUID) -> dict[str, Any]:
    """Oldest first; empty where it was never edited."""
    with discussion.comment_scope(actor_of(request), comment_id, "plan.read") as (_, row):
        return {"items": discussion.comment_history(row), "next_cursor": None}


@router.post(
    f"{_ONE}/resolve",
    response=schemas.CommentOut,
    operation_id="resolveComment",
    summary="Resolve a thread",
)
def resolve_comment(request: HttpRequest, comment_id: UUID) -> discussion.CommentView:
    """Answers the first comment of the thread."""
    return discussion.resolve_comment(actor_of(request), comment_id)


@router.post(
    f"{_ONE}/reopen",
    response=schemas.CommentOut,
    operation_id="reopenComment",
    summary="Reopen a thread",
)
def reopen_comment(request: HttpRequest, comment_id: UUID) -> discussion.CommentView:
    """Answers the first comment of the thread."""
    return discussion.reopen_comment(actor_of(request), comment_id)


@router.post(
    f"{_ONE}/reactions",
    response=schemas.CommentOut,
    operation_id="reactToComment",
    summary="React to a comment",
)
def react(
    request: HttpRequest, comment_id: UUID, payload: schemas.ReactionIn
) -> discussion.CommentView:
    """Puts a sign under a comment, or takes one's own away; twice is once."""
    return discussion.react(actor_of(request), comment_id, emoji=payload.emoji, added=payload.added)


@router.post(
    f"{_ONE}/promote",
    response={201: schemas.PromotionOut},
    operation_id="promoteComment",
    summary="Make a microstep of a comment",
)
def promote_comment(
    request: HttpRequest, comment_id: UUID, payload: schemas.PromotionIn
) -> Status[Any]:
    """One revision; the id follows the step's. Needs `comment.promote` (PM, TechLead, owners and
    admins)."""
    microstep, revision = discussion.promote_comment(
        actor_of(request),
        comment_id,
        step_id=payload.step_id,
        title=payload.title,
        criteria=payload.criteria,
    )
    return Status(201, {"comment_id": comment_id, "microstep_id": microstep, "revision": revision})


@router.get(
    "/issues",
    response=Page[schemas.IssueOut],
    operation_id="listIssues",
    summary="List links to issues elsewhere",
)
def list_issues(
    request: HttpRequest,
    project_id: ProjectQuery,
    entity_type: TypeQuery = None,
    entity_id: EntityQuery = None,
) -> dict[str, Any]:
    """Oldest first."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = discussion.list_issues(access, entity_type=entity_type, entity_id=entity_id)
    return {"items": found, "next_cursor": None}


@router.post(
    "/issues",
    response={200: schemas.IssueOut, 201: schemas.IssueOut},
    operation_id="createIssue",
    summary="Link an issue elsewhere",
)
def create_issue(request: HttpRequest, payload: schemas.IssueIn) -> Status[Any]:
    """One a provider and part of the plan; asking again answers the same link with 200."""
    made, new = discussion.link_issue(
        actor_of(request),
        payload.project_id,
        provider=payload.provider,
        entity_type=payload.entity_type,
        entity_id=payload.entity_id,
        title=payload.title,
    )
    return Status(201 if new else 200, made)
