"""Me, organizations, projects and keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rest import schemas
from buildrunner.server.platform.http import browser
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    page,
    whole_page,
)

router = Router()


@router.get("/me", response=schemas.Me, operation_id="getMe", tags=["account"], summary="Who am I")
def me(request: HttpRequest) -> dict[str, Any]:
    """The person behind the key or session, their organizations, and the key itself."""
    return tenancy.describe_actor(actor_of(request))


@router.patch(
    "/me",
    response=schemas.Me,
    operation_id="renameMe",
    tags=["account"],
    summary="Change my name",
)
def rename_me(request: HttpRequest, payload: schemas.MeIn) -> dict[str, Any]:
    """Needs a browser session or a personal key with the scope `*`."""
    actor = actor_of(request)
    identity.rename_person(actor, name=payload.name)
    return tenancy.describe_actor(actor)


@router.delete(
    "/me",
    response={204: None},
    operation_id="deleteMe",
    tags=["account"],
    summary="Delete my account",
)
def delete_me(request: HttpRequest, payload: schemas.DeleteMeIn) -> Status[None]:
    """For good: you leave every organization, and their ledgers forget what is personal about you;
    their chains verify as before. Needs a browser session that has just confirmed itself
    (403 `reauthentication_required`; a key gets 403 `in_person_only`). 409 `sole_owner` while an
    organization has no other owner: make somebody else one, or export and delete it."""
    actor = actor_of(request)
    identity.in_person_only(actor)
    browser.require_confirmed(request)
    identity.delete_account(actor, email=payload.email)
    return Status(204, None)


@router.get(
    "/orgs",
    response=Page[schemas.OrganizationOut],
    operation_id="listOrganizations",
    tags=["organizations"],
    summary="List my organizations",
)
def list_organizations(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    role: Annotated[
        Literal["owner", "admin", "member"] | None, Query(description="Only with this role there")
    ] = None,
    sort: Annotated[
        Literal["name", "-name", "created_at", "-created_at"] | None, Query(description="By what")
    ] = None,
) -> dict[str, Any]:
    """In the order in which they were joined, if nothing else is asked for."""
    found = [
        one for one in tenancy.organizations_for(actor_of(request)) if role in (None, one.role)
    ]
    return whole_page(request, response, paging, found, sort=sort)


@router.post(
    "/orgs",
    response={201: schemas.OrganizationOut},
    operation_id="createOrganization",
    tags=["organizations"],
    summary="Create an organization",
)
def create_organization(request: HttpRequest, payload: schemas.OrganizationIn) -> Status[Any]:
    """The caller owns it. Needs a browser session or a personal key with the scope `*`."""
    return Status(201, tenancy.create_organization(actor_of(request), name=payload.name))


@router.get(
    "/projects",
    response=Page[schemas.ProjectOut],
    operation_id="listProjects",
    tags=["projects"],
    summary="List projects",
)
def list_projects(
    request: HttpRequest,
    response: HttpResponse,
    paging: PagingQuery,
    org_id: Annotated[UUID | None, Query(description="Only of this organization")] = None,
    archived: Annotated[bool, Query(description="The archived ones instead")] = False,
) -> dict[str, Any]:
    """The projects the caller sees in any organization, newest first."""
    found = tenancy.list_projects(
        actor_of(request),
        org_id=org_id,
        before=after_id(paging),
        limit=paging.limit + 1,
        archived=archived,
    )
    answer = page(request, response, paging, found, lambda view: [view.id])
    answer["items"] = [schemas.ProjectOut.of(view) for view in answer["items"]]
    return answer


@router.post(
    "/projects",
    response={201: schemas.ProjectOut},
    operation_id="createProject",
    tags=["projects"],
    summary="Create a project",
)
def create_project(
    request: HttpRequest, response: HttpResponse, payload: schemas.ProjectIn
) -> Status[Any]:
    """The caller is its PM. It holds no plan until the first PUT or push."""
    view = tenancy.create_project(actor_of(request), title=payload.title, org_id=payload.org_id)
    response["Location"] = f"/api/projects/{view.id}"
    return Status(201, schemas.ProjectOut.of(view))


@router.get(
    "/projects/{uuid:project_id}",
    response=schemas.ProjectOut,
    operation_id="getProject",
    tags=["projects"],
    summary="Get a project",
)
def get_project(request: HttpRequest, project_id: UUID) -> schemas.ProjectOut:
    """Its title, stored revision and hash, and the caller's role."""
    return schemas.ProjectOut.of(tenancy.look_at_project(actor_of(request), project_id))


@router.patch(
    "/projects/{uuid:project_id}",
    response=schemas.ProjectOut,
    operation_id="updateProject",
    tags=["projects"],
    summary="Rename a project",
)
def update_project(
    request: HttpRequest, project_id: UUID, payload: schemas.ProjectPatch
) -> schemas.ProjectOut:
    """Changes the project's title, not the plan's. Needs `project.manage`."""
    view = tenancy.rename_project(actor_of(request), project_id, title=payload.title)
    return schemas.ProjectOut.of(view)


@router.post(
    "/projects/{uuid:project_id}/archive",
    response=schemas.ProjectOut,
    operation_id="archiveProject",
    tags=["projects"],
    summary="Archive a project",
)
def archive_project(request: HttpRequest, project_id: UUID) -> schemas.ProjectOut:
    """It leaves the lists and becomes read-only: writes are refused with 409 `project_archived`.
    Needs `project.manage`."""
    return schemas.ProjectOut.of(tenancy.archive_project(actor_of(request), project_id))


@router.post(
    "/projects/{uuid:project_id}/unarchive",
    response=schemas.ProjectOut,
    operation_id="unarchiveProject",
    tags=["projects"],
    summary="Take a project out of the archive",
)
def unarchive_project(request: HttpRequest, project_id: UUID) -> schemas.ProjectOut:
    """It can be changed again. Needs `project.manage`."""
    return schemas.ProjectOut.of(tenancy.unarchive_project(actor_of(request), project_id))
