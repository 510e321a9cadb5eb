"""Providers of models, by API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["models"])

_ALL = "/models/providers"
_ONE = _ALL + "/{uuid:provider_id}"
_Home = Annotated[UUID | None, Query(description="The organization; without it the caller's own")]


class ProviderIn(Body):
    """An address that speaks OpenAI's or Anthropic's protocol, and the key to it."""

    org_id: UUID | None = Field(None, description="Without it the caller's own organization")
    kind: Literal["openai", "anthropic", "compatible"]
    name: str = Field(max_length=60, examples=["OpenAI"])
    base_url: str = Field(
        "", max_length=2000, description="Without it the kind's own; Ollama: …:11434/v1"
    )
    api_key: str = Field("", max_length=1000, description="Sealed; never shown again")
    models: list[str] = Field([], max_length=200, description="None: what its kind serves")
    fallbacks: dict[str, list[str]] = Field({}, description="Model or *: models to try instead")
    priority: int = Field(100, ge=0, le=1000, description="The lowest is asked first")
    timeout_seconds: int = Field(600, ge=1, le=3600)
    retries: int = Field(2, ge=0, le=5, description="Before the first byte of an answer")


class ProviderPatch(Body):
    """What is absent stays. Another base_url needs the api_key again."""

    name: str | None = Field(None, max_length=60)
    base_url: str | None = Field(None, max_length=2000)
    api_key: str | None = Field(None, max_length=1000)
    models: list[str] | None = Field(None, max_length=200)
    fallbacks: dict[str, list[str]] | None = None
    priority: int | None = Field(None, ge=0, le=1000)
    timeout_seconds: int | None = Field(None, ge=1, le=3600)
    retries: int | None = Field(None, ge=0, le=5)
    enabled: bool | None = None


class ProviderOut(Schema):
    """Without the key: `key_hint` is how it ends."""

    id: UUID
    kind: str
    name: str
    base_url: str
    key_hint: str
    models: list[str]
    fallbacks: dict[str, list[str]]
    priority: int
    timeout_seconds: int
    retries: int
    enabled: bool
    created_at: datetime
    updated_at: datetime


class TrialOut(Schema):
    """Whether it answers and takes the key."""

    ok: bool
    detail: str
    models: list[str]
    milliseconds: int | None


@router.get(
    _ALL,
    response=Page[ProviderOut],
    operation_id="listModelProviders",
    summary="List model providers",
)
def list_providers(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    org_id: _Home = None,
) -> dict[str, Any]:
    """In the order in which they are asked. Needs `model.manage`, as everything here does."""
    actor = actor_of(request)
    found = ai.providers(actor, ai.home_of(actor, org_id))
    return whole_page(request, response, paging, found)


@router.post(
    _ALL,
    response={201: ProviderOut},
    operation_id="addModelProvider",
    summary="Add a model provider",
)
def add_provider(request: HttpRequest, response: HttpResponse, payload: ProviderIn) -> Status[Any]:
    """From then on the gateway under `/v1` sends calls there. Private addresses only where the
    operator allows them (`BR_ALLOW_PRIVATE_ADDRESSES`)."""
    actor = actor_of(request)
    given = payload.dict()
    made = ai.add_provider(actor, ai.home_of(actor, given.pop("org_id")), **given)
    response["Location"] = f"/api{_ALL}/{made.id}"
    return Status(201, made)


@router.get(
    _ONE,
    response=ProviderOut,
    operation_id="getModelProvider",
    summary="Get a model provider",
)
def get_provider(request: HttpRequest, provider_id: UUID, org_id: _Home = None) -> Any:
    """Its address, models and limits."""
    actor = actor_of(request)
    return ai.get_provider(actor, ai.home_of(actor, org_id), provider_id)


@router.patch(
    _ONE,
    response=ProviderOut,
    operation_id="updateModelProvider",
    summary="Change a model provider",
)
def update_provider(
    request: HttpRequest,
    provider_id: UUID,
    payload: ProviderPatch,
    org_id: _Home = None,
) -> Any:
    """A new `api_key` replaces the old one at once: that is how it is rotated."""
    actor = actor_of(request)
    changes = payload.dict(exclude_unset=True)
    return ai.change_provider(actor, ai.home_of(actor, org_id), provider_id, **changes)


@router.delete(
    _ONE,
    response={204: None},
    operation_id="removeModelProvider",
    summary="Remove a model provider",
)
def remove_provider(request: HttpRequest, provider_id: UUID, org_id: _Home = None) -> Status[None]:
    """Its key is forgotten; what it cost stays on the record."""
    actor = actor_of(request)
    ai.remove_provider(actor, ai.home_of(actor, org_id), provider_id)
    return Status(204, None)


@router.post(
    _ONE + "/test",
    response=TrialOut,
    operation_id="testModelProvider",
    summary="Ask a model provider whether it answers",
)
def try_provider(request: HttpRequest, provider_id: UUID, org_id: _Home = None) -> Any:
    """Asks for its list of models, which costs nothing."""
    actor = actor_of(request)
    return ai.try_provider(actor, ai.home_of(actor, org_id), provider_id)
