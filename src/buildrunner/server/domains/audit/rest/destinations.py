"""Where a ledger is sent, by API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["ledger"])

_ALL = "/orgs/{uuid:org_id}/ledger/destinations"
_ONE = _ALL + "/{uuid:destination_id}"


class StoreSettings(Body):
    """An S3-compatible store."""

    bucket: str = Field(max_length=63, examples=["audit-archive"])
    region: str = Field("us-east-1", max_length=40)
    prefix: str = Field("", max_length=200, description="Folder of the objects")
    access_key_id: str = Field(max_length=200, examples=["AKIAEXAMPLE"])


class DestinationIn(Body):
    """A SIEM that takes signed POSTs, or an object store."""

    kind: Literal["siem", "s3"]
    name: str = Field(max_length=120, examples=["Security lake"])
    url: str = Field(
        max_length=2000,
        description="Where records are posted, or the store's endpoint",
        examples=["https://siem.example.com/in"],
    )
    settings: StoreSettings | None = Field(None, description="Of an object store")
    secret: str = Field("", max_length=500, description="An object store's secret access key")
    redact: bool = Field(False, description="Without disclosures: no personal data leaves")
    from_start: bool = Field(True, description="From the first record; false: from the next one")


class DestinationPatch(Body):
    """What is absent stays."""

    name: str | None = Field(None, max_length=120)
    url: str | None = Field(None, max_length=2000)
    enabled: bool | None = None
    redact: bool | None = None
    secret: str | None = Field(None, max_length=500, description="Of an object store")


class DestinationOut(Schema):
    """How far it has come, without the secret."""

    id: UUID
    kind: str
    name: str
    url: str
    settings: dict[str, str]
    redact: bool
    enabled: bool
    next_seq: int = Field(description="Everything before it has arrived")
    waiting: int = Field(description="Records that have not")
    failures: int = Field(description="Tries that failed since something arrived")
    failing_since: datetime | None
    retry_at: datetime | None
    last_error: str
    sent_at: datetime | None
    created_at: datetime


class NewDestinationOut(DestinationOut):
    """With the signing secret of a SIEM, shown this once."""

    signing_secret: str | None = Field(description="`whsec_…`, for a Standard Webhooks library")


@router.get(
    _ALL,
    response=Page[DestinationOut],
    operation_id="listLedgerDestinations",
    summary="List where the ledger is sent",
)
def list_destinations(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """The oldest first; at most ten. Needs `audit.manage`, as everything here does."""
    found = audit.destinations(actor_of(request), org_id)
    return whole_page(request, response, paging, found)


@router.post(
    _ALL,
    response={201: NewDestinationOut},
    operation_id="addLedgerDestination",
    summary="Send the ledger somewhere",
)
def add_destination(
    request: HttpRequest, response: HttpResponse, org_id: UUID, payload: DestinationIn
) -> Status[Any]:
    """A SIEM gets records within seconds, an object store each night; both in order, at least
    once, and everything that waits after an outage."""
    made = audit.add_destination(
        actor_of(request),
        org_id,
        kind=payload.kind,
        name=payload.name,
        url=payload.url,
        settings=payload.settings.dict() if payload.settings else None,
        secret=payload.secret,
        redact=payload.redact,
        from_start=payload.from_start,
    )
    response["Location"] = f"/api/orgs/{org_id}/ledger/destinations/{made.destination.id}"
    shown = DestinationOut.from_orm(made.destination).dict()
    return Status(201, NewDestinationOut(**shown, signing_secret=made.secret))


@router.get(
    _ONE,
    response=DestinationOut,
    operation_id="getLedgerDestination",
    summary="Get a destination of the ledger",
)
def get_destination(request: HttpRequest, org_id: UUID, destination_id: UUID) -> Any:
    """How far it has come and what went wrong last."""
    return audit.get_destination(actor_of(request), org_id, destination_id)


@router.patch(
    _ONE,
    response=DestinationOut,
    operation_id="updateLedgerDestination",
    summary="Change a destination of the ledger",
)
def update_destination(
    request: HttpRequest, org_id: UUID, destination_id: UUID, payload: DestinationPatch
) -> Any:
    """Switched off, records wait; switched on, they go out."""
    changes = payload.dict(exclude_unset=True)
    return audit.change_destination(actor_of(request), org_id, destination_id, **changes)


@router.delete(
    _ONE,
    response={204: None},
    operation_id="removeLedgerDestination",
    summary="Stop sending the ledger there",
)
def remove_destination(request: HttpRequest, org_id: UUID, destination_id: UUID) -> Status[None]:
    """What arrived stays there."""
    audit.remove_destination(actor_of(request), org_id, destination_id)
    return Status(204, None)


@router.post(
    _ONE + "/send",
    response={202: DestinationOut},
    operation_id="sendLedger",
    summary="Send what waits now",
)
def send_ledger(request: HttpRequest, org_id: UUID, destination_id: UUID) -> Status[Any]:
    """Without awaiting the night or the next try."""
    return Status(202, audit.send_now(actor_of(request), org_id, destination_id))
