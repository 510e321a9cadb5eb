"""Channels to chats, the log of what went out, dead letters and sending again."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.rest import channel_schemas as schemas
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["notifications"])

_ALL = "/orgs/{uuid:org_id}/channels"
_ONE = _ALL + "/{uuid:channel_id}"
_LOG = _ONE + "/deliveries"


@router.get(
    _ALL,
    response=Page[schemas.ChannelOut],
    operation_id="listChannels",
    summary="List channels",
)
def list_channels(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    paging: PagingQuery,
    project_id: Annotated[
        UUID | None, Query(description="Of this project (`project.manage`)")
    ] = None,
    personal: Annotated[bool, Query(description="Your own")] = False,
) -> dict[str, Any]:
    """Of the organization and its projects (`webhook.manage`), newest first. `email` is its way to
    people's mailboxes."""
    found = notifications.channels(
        actor_of(request),
        org_id,
        project_id=project_id,
        personal=personal,
        before=after_id(paging),
        limit=paging.limit + 1,
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ALL,
    response={201: schemas.ChannelOut},
    operation_id="createChannel",
    summary="Add a channel",
)
def create_channel(
    request: HttpRequest, response: HttpResponse, org_id: UUID, payload: schemas.ChannelIn
) -> Status[Any]:
    """It hears of what happens from now on. The address is kept sealed and shown masked."""
    made = notifications.create_channel(
        actor_of(request),
        org_id,
        service=payload.service,
        url=payload.url,
        kinds=payload.kinds,
        least=payload.least,
        description=payload.description,
        project_id=payload.project_id,
        personal=payload.personal,
    )
    response["Location"] = f"/api/orgs/{org_id}/channels/{made.id}"
    return Status(201, made)


@router.get(_ONE, response=schemas.ChannelOut, operation_id="getChannel", summary="Get a channel")
def get_channel(request: HttpRequest, org_id: UUID, channel_id: UUID) -> Any:
    """What it hears, and its health."""
    return notifications.get_channel(actor_of(request), org_id, channel_id)


@router.patch(
    _ONE,
    response=schemas.ChannelOut,
    operation_id="updateChannel",
    summary="Change a channel or switch it off and on",
)
def update_channel(
    request: HttpRequest, org_id: UUID, channel_id: UUID, payload: schemas.ChannelPatch
) -> Any:
    """Switched off, it keeps its waiting messages; switched on, they go out."""
    return notifications.change_channel(
        actor_of(request), org_id, channel_id, **payload.model_dump()
    )


@router.delete(_ONE, response={204: None}, operation_id="deleteChannel", summary="Delete a channel")
def delete_channel(request: HttpRequest, org_id: UUID, channel_id: UUID) -> Status[None]:
    """With its log; what waits is not sent any more."""
    notifications.delete_channel(actor_of(request), org_id, channel_id)
    return Status(204, None)


@router.post(
    _ONE + "/test",
    response={202: schemas.ChannelDeliveryOut},
    operation_id="testChannel",
    summary="Send a test message",
)
def test_channel(request: HttpRequest, org_id: UUID, channel_id: UUID) -> Status[Any]:
    """Look at the delivery for the outcome."""
    sent = notifications.try_channel(actor_of(request), org_id, channel_id)
    return Status(202, schemas.ChannelDeliveryOut.of(sent))


@router.get(
    _LOG,
    response=Page[schemas.ChannelDeliveryOut],
    operation_id="listChannelDeliveries",
    summary="List a channel's deliveries",
)
def list_channel_deliveries(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    channel_id: UUID,
    paging: PagingQuery,
    state: Annotated[
        Literal["pending", "delivered", "failed"] | None,
        Query(description="`failed` are the dead letters: given up"),
    ] = None,
) -> dict[str, Any]:
    """The log, newest first; it goes back 30 days."""
    found = notifications.channel_deliveries(
        actor_of(request),
        org_id,
        channel_id,
        state=state,
        before=after_id(paging),
        limit=paging.limit + 1,
    )
    shown = [schemas.ChannelDeliveryOut.of(one.delivery, one.person) for one in found]
    return page(request, response, paging, shown, lambda one: [one.id])


@router.get(
    _LOG + "/{uuid:channel_delivery_id}",
    response=schemas.ChannelDeliveryDetailOut,
    operation_id="getChannelDelivery",
    summary="Get a delivery",
)
def get_channel_delivery(
    request: HttpRequest, org_id: UUID, channel_id: UUID, channel_delivery_id: UUID
) -> Any:
    """Its message (of a mail none: that is its person's alone) and every attempt."""
    detail = notifications.channel_delivery(
        actor_of(request), org_id, channel_id, channel_delivery_id
    )
    return schemas.ChannelDeliveryDetailOut.detail(detail)


@router.post(
    _LOG + "/{uuid:channel_delivery_id}/replay",
    response={202: schemas.ChannelDeliveryOut},
    operation_id="replayChannelDelivery",
    summary="Send one message again",
)
def replay_channel_delivery(
    request: HttpRequest, org_id: UUID, channel_id: UUID, channel_delivery_id: UUID
) -> Status[Any]:
    """Under the same id, with a fresh count of attempts."""
    again = notifications.replay_channel_delivery(
        actor_of(request), org_id, channel_id, channel_delivery_id
    )
    return Status(202, schemas.ChannelDeliveryOut.of(again))


@router.post(
    _ONE + "/replay",
    response={202: schemas.ReplayedOut},
    operation_id="replayDeadLetters",
    summary="Send every dead letter again",
)
def replay_dead_letters(request: HttpRequest, org_id: UUID, channel_id: UUID) -> Status[Any]:
    """At most 1,000, the oldest first."""
    count = notifications.replay_dead_letters(actor_of(request), org_id, channel_id)
    return Status(202, {"queued": count})
