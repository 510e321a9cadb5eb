"""Agents by API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["members"])
_ALL = "/orgs/{uuid:org_id}/agents"
_ONE = _ALL + "/{uuid:service_id}"
_ID = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"
Name = Annotated[str, Field(min_length=1, max_length=120)]
_AGENT: dict[str, Any] = {
    "id": _ID,
    "name": "claude",
    "owner_id": _ID,
    "owner": "Ada",
    "projects": [{"id": _ID, "title": "Checkout", "role": "contributor"}],
    "scopes": ["builder.run", "planner.write"],
    "keys": 1,
    "last_used_at": None,
    "created_at": "2026-01-05T09:00:00Z",
}


class AgentIn(Body):
    """A new agent. Without `owner_id` the caller answers for it; with `project_id` its key is bound
    to that project, where it gets the role."""

    name: Name
    project_id: UUID | None = None
    role: Literal["contributor", "viewer"] = "contributor"
    scopes: Annotated[list[str], Field(min_length=1, max_length=20)] = [
        "builder.run",
        "planner.write",
    ]
    owner_id: UUID | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"name": "claude", "project_id": _ID}]}
    )


class AgentPatch(Body):
    """Members that are left out stay as they are."""

    name: Name | None = None
    owner_id: UUID | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"owner_id": _ID}]}
    )


class AgentKeyIn(Body):
    """One more key of an agent."""

    project_id: UUID | None = None
    scopes: Annotated[list[str], Field(min_length=1, max_length=20)] = [
        "builder.run",
        "planner.write",
    ]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"project_id": _ID}]}
    )


class AgentOut(Schema):
    """A member that is no person, and the person who answers for it."""

    id: UUID
    name: str
    owner_id: UUID | None = Field(description="Null where the owner has left: no key of it holds")
    owner: str
    projects: list[dict[str, str]]
    scopes: list[str]
    keys: int
    last_used_at: datetime | None
    created_at: datetime

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [_AGENT]})


class NewAgentOut(AgentOut):
    """With its key, shown once."""

    key: str

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{**_AGENT, "key": "br_…"}]}
    )


class AgentKeyOut(Schema):
    """Shown once."""

    key: str

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"key": "br_…"}]}
    )


@router.get(_ALL, response=Page[AgentOut], operation_id="listAgents", summary="List agents")
def list_agents(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first; every member may see them."""
    found = tenancy.agents(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ALL, response={201: NewAgentOut}, operation_id="createAgent", summary="Create an agent"
)
def create_agent(request: HttpRequest, org_id: UUID, payload: AgentIn) -> Status[NewAgentOut]:
    """It takes no seat, acts by its keys alone and never approves. Needs `member.manage` and
    `key.manage`."""
    view, key = tenancy.create_agent(
        actor_of(request),
        org_id,
        name=payload.name,
        project_id=payload.project_id,
        role=payload.role,
        scopes=payload.scopes,
        owner_id=payload.owner_id,
    )
    return Status(201, NewAgentOut(**AgentOut.from_orm(view).dict(), key=key))


@router.patch(_ONE, response=AgentOut, operation_id="updateAgent", summary="Change an agent")
def update_agent(request: HttpRequest, org_id: UUID, service_id: UUID, payload: AgentPatch) -> Any:
    """Its name or who answers for it. Needs `member.manage`."""
    return tenancy.change_agent(
        actor_of(request), org_id, service_id, name=payload.name, owner_id=payload.owner_id
    )


@router.post(
    f"{_ONE}/keys",
    response={201: AgentKeyOut},
    operation_id="createAgentKey",
    summary="Give an agent a key",
)
def create_agent_key(
    request: HttpRequest, org_id: UUID, service_id: UUID, payload: AgentKeyIn
) -> Status[AgentKeyOut]:
    """Refused with `agent_without_owner` where nobody answers for it. Needs `key.manage`."""
    key = tenancy.new_agent_key(
        actor_of(request),
        org_id,
        service_id,
        project_id=payload.project_id,
        scopes=payload.scopes,
    )
    return Status(201, AgentKeyOut(key=key))


@router.delete(_ONE, response={204: None}, operation_id="removeAgent", summary="Remove an agent")
def remove_agent(request: HttpRequest, org_id: UUID, service_id: UUID) -> Status[None]:
    """Its keys are revoked at once. Needs `member.manage`."""
    tenancy.remove_service_account(actor_of(request), org_id, service_id)
    return Status(204, None)
