"""Usage by API, beside the native route that takes events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rest import schemas
from buildrunner.server.domains.metering.rest.outcomes import STATUS_OF
from buildrunner.server.domains.tenancy.facade import organization_scope, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    decode_cursor,
    page,
    whole_page,
)

router = Router(tags=["usage"])

ProjectQuery = Annotated[UUID | None, Query(description="Of this project")]
OrgQuery = Annotated[UUID | None, Query(description="Of this organization, instead")]
FromQuery = Annotated[
    datetime | None, Query(alias="from", description="Included; for sums to the hour")
]
UntilQuery = Annotated[datetime | None, Query(description="Not included")]
TypeQuery = Annotated[schemas.UsageTypeName | None, Query(description="Only of this type")]


@contextmanager
def scope(
    actor: Actor, project_id: UUID | None, org_id: UUID | None, permission: str = "usage.read"
) -> Iterator[UUID]:
    """The organization, where the actor may see the usage of a project or of all of it."""
    if project_id is not None:
        with project_scope(actor, project_id, permission) as access:
            yield access.org_id
    elif org_id is not None:
        with organization_scope(actor, org_id) as whole:
            whole.require(permission)
            yield org_id
    else:
        raise Invalid("Say whose usage: `project_id` or `org_id`.", field="project_id")


def aware(time: datetime | None) -> datetime | None:
    """Times without an offset are UTC."""
    return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)


@router.post(
    "/billing/usage",
    response={201: schemas.UsageOut, 200: schemas.UsageOut},
    operation_id="recordUsage",
    summary="Report usage",
)
def record_usage(request: HttpRequest, payload: schemas.UsageIn) -> Status[Any]:
    """One number; `POST /api/usage/events` takes many, with their tokens told apart. The
    `Idempotency-Key` names the event: a second one of that name counts once. Needs
    `usage.write`."""
    actor = actor_of(request)
    key = request.headers.get("Idempotency-Key", "").strip('"')
    beside = {
        "quantity": str(payload.quantity),
        "model_name": payload.model_name or None,
        "provider": payload.provider or None,
        "microstep_id": payload.microstep_id or None,
    }
    for name in (*beside, "project_id"):
        if name in payload.data:
            raise Invalid(f"`{name}` stands beside `data`, not in it.", field=f"data.{name}")
    with project_scope(actor, payload.project_id, "usage.write") as access:
        event = {
            "id": key[: metering.MOST_TEXT] or str(uuid7()),
            "source": "billing",
            "type": payload.event_type,
            "data": {**payload.data, **beside},
        }
        usage = metering.EventReader(actor).understand(event, access.org_id, payload.project_id)
        (outcome,) = metering.record_usage(actor, access.org_id, [usage])
    if outcome.status == "rejected":
        made = STATUS_OF.get(outcome.code, metering.EventRejected)
        raise made(outcome.detail, code=outcome.code)
    answer = schemas.UsageOut(
        id=outcome.id,
        source=outcome.source,
        status=outcome.status,
        org_id=access.org_id,
        project_id=payload.project_id,
        event_type=usage.type,
        quantity=usage.quantity,
        unit=metering.UNITS[usage.type],
        model_name=usage.model,
        cost=outcome.cost,
        currency=outcome.currency,
        price_version=outcome.price_version,
    )
    return Status(201 if outcome.status == "accepted" else 200, answer)


@router.get(
    "/billing/usage",
    response=schemas.UsagePeriodOut,
    operation_id="getUsagePeriod",
    summary="A month's usage against its limits",
)
def get_period(
    request: HttpRequest,
    org_id: Annotated[UUID, Query(description="The organization")],
    month: Annotated[
        str | None,
        Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="`2026-10`; else this month"),
    ] = None,
) -> schemas.UsagePeriodOut:
    """Limits are those of the organization's tier. Needs `usage.read`."""
    wanted = schemas.month_of(month) if month else datetime.now(UTC).date().replace(day=1)
    with scope(actor_of(request), None, org_id):
        return schemas.UsagePeriodOut.of(metering.period_usage(org_id, wanted))


@router.get(
    "/usage/summary",
    response=Page[schemas.UsageSummaryOut],
    operation_id="summarizeUsage",
    summary="Usage by group",
)
def summarize(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    project_id: ProjectQuery = None,
    org_id: OrgQuery = None,
    group_by: Annotated[
        str, Query(max_length=32, description=f"One of {', '.join(metering.GROUPS)}")
    ] = "type",
    event_type: TypeQuery = None,
    since: FromQuery = None,
    until: UntilQuery = None,
) -> dict[str, Any]:
    """A row for each group and type of usage, the dearest first (times in their order). Equal to
    the sum of the events at every moment. Needs `usage.read`."""
    with scope(actor_of(request), project_id, org_id) as home:
        rows = metering.summary(
            home,
            group_by=group_by,
            project_id=project_id,
            kind=event_type,
            since=aware(since),
            until=aware(until),
        )
    return whole_page(request, response, paging, rows, name="group")


@router.get(
    "/usage/events",
    response=Page[schemas.UsageEventOut],
    operation_id="listUsageEvents",
    summary="List usage events, the latest first",
)
def list_events(
    request: HttpRequest,
    response: HttpResponse,
    paging: PagingQuery,
    project_id: ProjectQuery = None,
    org_id: OrgQuery = None,
    status: Annotated[
        Literal["accepted", "duplicate", "rejected", "aggregated"] | None,
        Query(description="What became of them; accepted and aggregated are those that count"),
    ] = None,
    event_type: TypeQuery = None,
    model_name: Annotated[str | None, Query(max_length=200)] = None,
    microstep_id: Annotated[str | None, Query(max_length=200)] = None,
    id: Annotated[str | None, Query(max_length=200, description="Of this name")] = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    since: FromQuery = None,
    until: UntilQuery = None,
) -> dict[str, Any]:
    """What did not count is kept for 90 days. Needs `usage.read`."""
    before = None
    if paging.cursor:
        time, row = decode_cursor(paging.cursor, datetime.fromisoformat, str)
        before = (time, row)
    with scope(actor_of(request), project_id, org_id) as home:
        found = metering.list_events(
            home,
            project_id=project_id,
            status=status,
            kind=event_type,
            model=model_name,
            microstep=microstep_id,
            name=id,
            source=source,
            since=aware(since),
            until=aware(until),
            before=before,
            limit=paging.limit + 1,
        )
    return page(request, response, paging, found, lambda one: [one.time.isoformat(), one.row])


@router.get(
    "/orgs/{uuid:org_id}/usage/adjustments",
    response=Page[schemas.UsageAdjustmentOut],
    operation_id="listUsageAdjustments",
    summary="List corrections to closed months",
)
def list_adjustments(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    paging: PagingQuery,
    month: Annotated[
        str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="Only of this one")
    ] = None,
) -> dict[str, Any]:
    """Oldest first. Needs `usage.read`."""
    after = None
    if paging.cursor:
        (after,) = decode_cursor(paging.cursor, UUID)
    wanted: date | None = schemas.month_of(month) if month else None
    with scope(actor_of(request), None, org_id):
        found = metering.list_adjustments(org_id, month=wanted, after=after, limit=paging.limit + 1)
    return page(request, response, paging, found, lambda one: [one.id])


@router.post(
    "/orgs/{uuid:org_id}/usage/periods",
    response={204: None},
    operation_id="closeUsagePeriod",
    summary="Close a month",
)
def close_period(
    request: HttpRequest, org_id: UUID, payload: schemas.UsagePeriodIn
) -> Status[None]:
    """For good: its sums stand, and what comes late is booked when it comes, as an adjustment.
    The server does it by itself on the fourth of the month after. Needs `budget.manage`."""
    metering.close_period(actor_of(request), org_id, month=schemas.month_of(payload.month))
    return Status(204, None)
