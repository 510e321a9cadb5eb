"""Teams of an organization."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["members"])
_ALL = "/orgs/{uuid:org_id}/teams"
_ONE = f"{_ALL}/{{uuid:team_id}}"


class TeamOut(Schema):
    """A team; `name` is how it is mentioned."""

    id: UUID
    name: str
    title: str
    members: int
    created_at: datetime


class TeamIn(Body):
    """A new team."""

    name: str = Field(max_length=60, description="Small letters, digits and hyphens; at most 40")
    title: str = Field("", max_length=120)

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"name": "frontend", "title": "Frontend"}]}
    )


class TeamPatch(Body):
    """Members that are left out stay as they are."""

    name: str | None = Field(None, max_length=60)
    title: str | None = Field(None, max_length=120)


class TeamMemberOut(Schema):
    """Somebody in a team."""

    person_id: UUID
    kind: str = Field(description="person or service")
    name: str
    email: str
    joined_at: datetime


@router.get(_ALL, response=Page[TeamOut], operation_id="listTeams", summary="List teams")
def list_teams(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Oldest first; every member may see them."""
    found = tenancy.organization_teams(
        actor_of(request), org_id, after=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(_ALL, response={201: TeamOut}, operation_id="createTeam", summary="Create a team")
def create_team(request: HttpRequest, org_id: UUID, payload: TeamIn) -> Status[Any]:
    """Comments mention it as `@team:name`, a policy names it where it names roles. Needs
    `member.manage`."""
    made = tenancy.create_team(actor_of(request), org_id, name=payload.name, title=payload.title)
    return Status(201, made)


@router.get(_ONE, response=TeamOut, operation_id="getTeam", summary="Get a team")
def get_team(request: HttpRequest, org_id: UUID, team_id: UUID) -> Any:
    """One team by its id."""
    return tenancy.get_team(actor_of(request), org_id, team_id)


@router.patch(_ONE, response=TeamOut, operation_id="updateTeam", summary="Change a team")
def update_team(request: HttpRequest, org_id: UUID, team_id: UUID, payload: TeamPatch) -> Any:
    """Its name, its title, or both. What mentioned the former name means nobody any more. Needs
    `member.manage`."""
    return tenancy.change_team(
        actor_of(request), org_id, team_id, name=payload.name, title=payload.title
    )


@router.delete(_ONE, response={204: None}, operation_id="removeTeam", summary="Remove a team")
def remove_team(request: HttpRequest, org_id: UUID, team_id: UUID) -> Status[None]:
    """Its members stay in the organization. Needs `member.manage`."""
    tenancy.remove_team(actor_of(request), org_id, team_id)
    return Status(204, None)


@router.get(
    f"{_ONE}/members",
    response=Page[TeamMemberOut],
    operation_id="listTeamMembers",
    summary="List who is in a team",
)
def list_team_members(
    request: HttpRequest, response: HttpResponse, org_id: UUID, team_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """In the order in which they came."""
    found = tenancy.team_members(
        actor_of(request), org_id, team_id, after=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.put(
    f"{_ONE}/members/{{uuid:person_id}}",
    response={204: None},
    operation_id="addTeamMember",
    summary="Put somebody into a team",
)
def add_team_member(
    request: HttpRequest, org_id: UUID, team_id: UUID, person_id: UUID
) -> Status[None]:
    """A member or service account of the organization; twice is once. Needs `member.manage`."""
    tenancy.add_team_member(actor_of(request), org_id, team_id, person_id)
    return Status(204, None)


@router.delete(
    f"{_ONE}/members/{{uuid:person_id}}",
    response={204: None},
    operation_id="removeTeamMember",
    summary="Take somebody out of a team",
)
def remove_team_member(
    request: HttpRequest, org_id: UUID, team_id: UUID, person_id: UUID
) -> Status[None]:
    """Needs `member.manage`; anybody may leave."""
    tenancy.remove_team_member(actor_of(request), org_id, team_id, person_id)
    return Status(204, None)
