"""The policy of a ledger, and erasures, by API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["ledger"])

_LEDGER = "/orgs/{uuid:org_id}/ledger"


class LedgerSettingsOut(Schema):
    """How long records stay, and what of them is personal."""

    audit_retention_days: int = Field(description="30 to 2555", examples=[365])
    redact_names: bool = Field(description="Whether pages, API and every export show people as ids")
    redact: list[str] = Field(
        description="Members that redaction leaves out; `*` means all", examples=[["*"]]
    )


class LedgerSettingsIn(Body):
    """What is left out stays as it is."""

    audit_retention_days: int | None = Field(None, ge=30, le=2555)
    redact_names: bool | None = None
    redact: list[str] | None = Field(None, max_length=50, examples=[["name", "email"]])


class ErasureIn(Body):
    """Whose personal data go for good."""

    person_id: UUID


class ErasureOut(Schema):
    """That somebody's personal data were taken out of the ledger."""

    id: UUID
    person_id: UUID
    erased_at: datetime
    erased_by: dict[str, Any]


@router.get(
    _LEDGER + "/settings",
    response=LedgerSettingsOut,
    operation_id="getLedgerSettings",
    summary="Get the policy of the ledger",
)
def get_ledger_settings(request: HttpRequest, org_id: UUID) -> Any:
    """Needs `audit.read`."""
    return audit.get_settings(actor_of(request), org_id)


@router.patch(
    _LEDGER + "/settings",
    response=LedgerSettingsOut,
    operation_id="changeLedgerSettings",
    summary="Change the policy of the ledger",
)
def change_ledger_settings(request: HttpRequest, org_id: UUID, payload: LedgerSettingsIn) -> Any:
    """Records that a shorter time lets go are removed in the following night. Needs
    `audit.manage`."""
    return audit.change_settings(actor_of(request), org_id, **payload.model_dump())


@router.get(
    _LEDGER + "/erasures",
    response=Page[ErasureOut],
    operation_id="listLedgerErasures",
    summary="List the people who were erased",
)
def list_ledger_erasures(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """The last first. Needs `audit.read`."""
    found = audit.erasures(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _LEDGER + "/erasures",
    response={201: ErasureOut},
    operation_id="erasePerson",
    summary="Erase a person",
)
def erase_person(request: HttpRequest, org_id: UUID, payload: ErasureIn) -> Status[Any]:
    """Deletes the keys under which the ledger keeps what tells of the person; the chain verifies as
    before. In person, in a browser session, with `audit.manage`."""
    return Status(201, audit.erase_person(actor_of(request), org_id, payload.person_id))
