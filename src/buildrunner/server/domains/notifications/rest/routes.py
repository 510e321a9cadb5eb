"""Webhooks, their log, and sending again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.rest import schemas
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["webhooks"])

_ALL = "/orgs/{uuid:org_id}/webhooks"
_ONE = _ALL + "/{uuid:webhook_id}"
_LOG = _ONE + "/deliveries"


@router.get(
    _ALL,
    response=Page[schemas.WebhookOut],
    operation_id="listWebhooks",
    summary="List an organization's webhooks",
)
def list_webhooks(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first. Needs `webhook.manage`, as everything here does."""
    found = notifications.endpoints(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ALL,
    response={201: schemas.NewWebhookOut},
    operation_id="createWebhook",
    summary="Create a webhook",
)
def create_webhook(
    request: HttpRequest, response: HttpResponse, org_id: UUID, payload: schemas.WebhookIn
) -> Status[Any]:
    """It hears of what happens from now on. The signing secret is shown this once."""
    made = notifications.create_endpoint(
        actor_of(request),
        org_id,
        url=payload.url,
        kinds=payload.kinds,
        description=payload.description,
        project_id=payload.project_id,
        enabled=payload.enabled,
    )
    response["Location"] = f"/api/orgs/{org_id}/webhooks/{made.endpoint.id}"
    return Status(201, schemas.NewWebhookOut.of(made))


@router.get(_ONE, response=schemas.WebhookOut, operation_id="getWebhook", summary="Get a webhook")
def get_webhook(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> Any:
    """Its address, kinds and health, without the secret."""
    return notifications.get_endpoint(actor_of(request), org_id, webhook_id)


@router.patch(
    _ONE,
    response=schemas.WebhookOut,
    operation_id="updateWebhook",
    summary="Change a webhook or switch it off and on",
)
def update_webhook(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, payload: schemas.WebhookPatch
) -> Any:
    """Switched off, it keeps its waiting messages; switched on, they go out."""
    return notifications.change_endpoint(
        actor_of(request),
        org_id,
        webhook_id,
        url=payload.url,
        kinds=payload.kinds,
        description=payload.description,
        enabled=payload.enabled,
    )


@router.delete(_ONE, response={204: None}, operation_id="deleteWebhook", summary="Delete a webhook")
def delete_webhook(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> Status[None]:
    """With its log; what waits is not sent any more."""
    notifications.delete_endpoint(actor_of(request), org_id, webhook_id)
    return Status(204, None)


@router.post(
    _ONE + "/rotate",
    response=schemas.NewWebhookOut,
    operation_id="rotateWebhookSecret",
    summary="Replace the signing secret",
)
def rotate_webhook_secret(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, payload: schemas.SecretRotationIn
) -> Any:
    """The new one is shown this once. Messages carry both signatures during the overlap."""
    made = notifications.rotate_secret(
        actor_of(request),
        org_id,
        webhook_id,
        overlap=timedelta(seconds=payload.overlap_seconds),
    )
    return schemas.NewWebhookOut.of(made)


@router.post(
    _ONE + "/ping",
    response={202: schemas.DeliveryOut},
    operation_id="pingWebhook",
    summary="Send a test message",
)
def ping_webhook(request: HttpRequest, org_id: UUID, webhook_id: UUID) -> Status[Any]:
    """Of the type `webhook.ping`, whatever kinds it hears. Look at the delivery for the outcome."""
    return Status(202, notifications.send_ping(actor_of(request), org_id, webhook_id))


@router.post(
    _ONE + "/replay",
    response={202: schemas.ReplayOut},
    operation_id="replayWebhook",
    summary="Send again all since a moment",
)
def replay_webhook(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, payload: schemas.ReplayIn
) -> Status[Any]:
    """What did not arrive, what was missed while it was switched off, or everything; at most 1,000
    messages at once, the oldest first, under the ids they had."""
    answer = notifications.replay_since(
        actor_of(request),
        org_id,
        webhook_id,
        since=payload.since,
        everything=payload.everything,
    )
    return Status(202, answer)


@router.get(
    _LOG,
    response=Page[schemas.DeliveryOut],
    operation_id="listWebhookDeliveries",
    summary="List a webhook's deliveries",
)
def list_webhook_deliveries(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    webhook_id: UUID,
    paging: PagingQuery,
    state: Annotated[
        Literal["pending", "delivered", "failed"] | None,
        Query(description="`pending` waits or is tried again, `failed` was given up"),
    ] = None,
    trouble: Annotated[
        bool, Query(description="Only what failed last, whether given up or to be tried again")
    ] = False,
    kind: Annotated[str | None, Query(max_length=100, description="Of this kind of event")] = None,
) -> dict[str, Any]:
    """The log, newest first; it goes back 30 days."""
    found = notifications.deliveries(
        actor_of(request),
        org_id,
        webhook_id,
        failed=trouble,
        state=state,
        kind=kind,
        before=after_id(paging),
        limit=paging.limit + 1,
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.get(
    _LOG + "/{uuid:delivery_id}",
    response=schemas.DeliveryDetailOut,
    operation_id="getWebhookDelivery",
    summary="Get a delivery",
)
def get_webhook_delivery(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> schemas.DeliveryDetailOut:
    """Its message and every attempt: status, time taken, the first kilobyte of the answer."""
    return schemas.DeliveryDetailOut.of(
        notifications.get_delivery(actor_of(request), org_id, webhook_id, delivery_id)
    )


@router.post(
    _LOG + "/{uuid:delivery_id}/replay",
    response={202: schemas.DeliveryOut},
    operation_id="replayWebhookDelivery",
    summary="Send one delivery again",
)
def replay_webhook_delivery(
    request: HttpRequest, org_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> Status[Any]:
    """Under the same id, with a fresh count of attempts; one that waits goes out at once."""
    view = notifications.replay_delivery(actor_of(request), org_id, webhook_id, delivery_id)
    return Status(202, view)
