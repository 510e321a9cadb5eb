"""Files under comments, and who can be mentioned."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.rest import schemas
from buildrunner.server.domains.discussion.rest.download import download
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import read_body
from buildrunner.server.platform.http.pagination import Page

router = Router(tags=["discussion"])
_ALL = "/comments/{uuid:comment_id}/attachments"
_FILE: dict[str, Any] = {
    "schema": {"type": "string", "format": "binary"},
    "example": "GIF89a…",
}


@router.post(
    _ALL,
    response={201: schemas.AttachmentOut},
    operation_id="attachFile",
    summary="Put a file under a comment",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": _FILE}}
    },
)
def attach_file(
    request: HttpRequest,
    comment_id: UUID,
    name: Annotated[str, Query(min_length=1, max_length=300, description="The file's name")],
) -> Status[Any]:
    """Under one's own, up to ten of 10 MiB each: pictures, PDF, text, Word, Excel, PowerPoint. The
    bytes are looked through; scripts, macros and calls to elsewhere are refused
    (422 `attachment_refused`)."""
    actor = actor_of(request)
    data = read_body(request, limit=discussion.LARGEST)
    return Status(201, discussion.attach_file(actor, comment_id, name=name, data=data))


@router.get(
    f"{_ALL}/{{uuid:attachment_id}}",
    response={200: None},
    operation_id="getAttachment",
    summary="Download a file",
    openapi_extra={
        "responses": {
            200: {"description": "The bytes, under the file's own type", "content": {"*/*": _FILE}}
        }
    },
)
def get_attachment(request: HttpRequest, comment_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Always as a download, never as a page."""
    return download(*discussion.read_attachment(actor_of(request), comment_id, attachment_id))


@router.delete(
    f"{_ALL}/{{uuid:attachment_id}}",
    response={204: None},
    operation_id="detachFile",
    summary="Delete a file",
)
def detach_file(request: HttpRequest, comment_id: UUID, attachment_id: UUID) -> Status[None]:
    """One's own, or with `project.manage` another's; its bytes are gone."""
    discussion.detach_file(actor_of(request), comment_id, attachment_id)
    return Status(204, None)


@router.get(
    "/projects/{uuid:project_id}/mentionable",
    response=Page[schemas.MentionableOut],
    operation_id="listMentionable",
    summary="List who can be mentioned",
)
def list_mentionable(
    request: HttpRequest,
    project_id: UUID,
    q: Annotated[str, Query(max_length=80, description="A part of the name or title")] = "",
) -> dict[str, Any]:
    """People, roles and teams that a comment here can name; at most 20. Only people who may read
    the project are among them."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = discussion.list_mentionables(access, q, limit=20)
    return {"items": found, "next_cursor": None}
