"""Who is here, over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.types import EntityType
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page

router = Router(tags=["discussion"])
_BASE = "/projects/{uuid:project_id}/presence"
_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"


class PresenceOut(Schema):
    """Somebody who is here. `kind` is `person` or `agent`; `doing` is `viewing`, `typing` or
    `holding` (an agent with that microstep claimed)."""

    id: str
    kind: str
    name: str
    person_id: UUID | None
    entity_type: str
    entity_id: str
    page: str
    doing: str
    since: datetime | None
    expires_at: datetime

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "kind": "person",
                    "name": "Grace",
                    "person_id": _ID,
                    "entity_type": "microstep",
                    "entity_id": "p1.s1.ms1",
                    "page": "plan",
                    "doing": "typing",
                    "since": "2026-11-23T10:00:00Z",
                    "expires_at": "2026-11-23T10:05:08Z",
                }
            ]
        }
    )


class PresenceIn(Body):
    """What one is on."""

    entity_type: EntityType = "project"
    entity_id: Annotated[str, Field(max_length=512)] = ""
    page: Annotated[str, Field(max_length=32, pattern="^[a-z-]*$")] = ""
    typing: bool = False

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [{"entity_type": "microstep", "entity_id": "p1.s1.ms1", "typing": True}]
        }
    )


class PlaceOut(Schema):
    """One's own place. `token` goes to `POST /api/presence/beat` every `beat_seconds`, and the
    place is asked for again every `renew_seconds`. Not `shown`: too many are here."""

    shown: bool
    id: UUID | None
    token: UUID | None
    expires_at: datetime | None
    beat_seconds: float
    renew_seconds: float

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "shown": True,
                    "id": _ID,
                    "token": "8c1f1c1e-3f53-4e0f-9d56-0f4f2f6f7a10",
                    "expires_at": "2026-11-23T10:05:08Z",
                    "beat_seconds": 3.0,
                    "renew_seconds": 30.0,
                }
            ]
        }
    )


@router.get(
    _BASE,
    response=Page[PresenceOut],
    operation_id="listPresence",
    summary="List who is here",
)
def list_presence(request: HttpRequest, project_id: UUID) -> dict[str, Any]:
    """People and agents with a sign of life in the last 8 seconds, and agents with a live claim.

    Changes come as `presence` on `GET /api/events/stream?also=presence`.
    """
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return {"items": discussion.who_is_here(access), "next_cursor": None}


@router.put(
    f"{_BASE}/{{uuid:place}}",
    response=PlaceOut,
    operation_id="showPresence",
    summary="Show that one is here",
)
def show_presence(
    request: HttpRequest, project_id: UUID, place: UUID, payload: PresenceIn
) -> discussion.Place:
    """`place` is any UUID that the caller keeps for its tab or process. Nothing of it is recorded;
    8 seconds after the last sign of life it is gone."""
    return discussion.be_here(
        actor_of(request),
        project_id,
        place,
        entity_type=payload.entity_type,
        entity_id=payload.entity_id,
        page=payload.page,
        typing=payload.typing,
    )


@router.delete(
    f"{_BASE}/{{uuid:place}}",
    response={204: None},
    operation_id="endPresence",
    summary="Be gone",
)
def end_presence(request: HttpRequest, project_id: UUID, place: UUID) -> Status[None]:
    """At once; nothing where one was not."""
    discussion.go(actor_of(request), project_id, place)
    return Status(204, None)
