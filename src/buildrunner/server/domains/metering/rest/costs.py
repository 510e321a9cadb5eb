"""Prices, repricing, invoices and the FOCUS export by API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rest import cost_schemas as schemas
from buildrunner.server.domains.metering.rest.usage import FromQuery, UntilQuery, aware, scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["costs"])
_PRICES = "/orgs/{uuid:org_id}/prices"
_KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.get(
    _PRICES,
    response=Page[schemas.PriceOut],
    operation_id="listPrices",
    summary="List an organization's own prices",
)
def list_prices(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    paging: WholePagingQuery,
    withdrawn: Annotated[bool, Query(description="Those that were withdrawn as well")] = False,
) -> dict[str, Any]:
    """Newest first. They go before the public list prices. Needs `usage.read`."""
    with scope(actor_of(request), None, org_id):
        rows = metering.list_prices(org_id, withdrawn=withdrawn)
    return whole_page(request, response, paging, rows)


@router.post(
    _PRICES, response={201: schemas.PriceOut}, operation_id="setPrice", summary="Set a price"
)
def set_price(request: HttpRequest, org_id: UUID, payload: schemas.PriceIn) -> Status[Any]:
    """From a moment on, for a model of one provider or of any. Charges keep their price until
    they are repriced. Needs `budget.manage`."""
    made = metering.set_price(
        actor_of(request),
        org_id,
        model=payload.model_name,
        provider=payload.provider,
        kind=payload.event_type,
        rates=payload.rates.given() if payload.rates else None,
        batch_rates=payload.batch_rates.given() if payload.batch_rates else None,
        per_request=payload.per_request,
        per_unit=payload.per_unit,
        valid_from=aware(payload.valid_from),
        note=payload.note,
    )
    return Status(201, made)


@router.delete(
    _PRICES + "/{uuid:price_id}",
    response={204: None},
    operation_id="withdrawPrice",
    summary="Withdraw a price",
)
def withdraw_price(request: HttpRequest, org_id: UUID, price_id: UUID) -> Status[None]:
    """It holds no more from now on; what it charged stays. Needs `budget.manage`."""
    metering.withdraw_price(actor_of(request), org_id, price_id=price_id)
    return Status(204, None)


@router.get(
    "/orgs/{uuid:org_id}/quote",
    response=schemas.QuoteOut,
    operation_id="quotePrice",
    summary="What a model costs",
)
def quote(
    request: HttpRequest,
    org_id: UUID,
    model_name: Annotated[str, Query(max_length=200, description="Its name")] = "",
    provider: Annotated[str | None, Query(max_length=200)] = None,
) -> schemas.QuoteOut:
    """By the organization's own list, else by the public list price. Needs `usage.read`."""
    with scope(actor_of(request), None, org_id):
        price = metering.quote(org_id, provider, model_name, datetime.now(UTC))
    if price is None:
        return schemas.QuoteOut(
            model_name=model_name,
            provider=provider,
            known=False,
            version=None,
            currency="USD",
            rates={},
            batch_rates=None,
            per_request=None,
        )
    told = metering.price_json(price)
    return schemas.QuoteOut(
        model_name=price.model,
        provider=price.provider or None,
        known=True,
        version=price.version,
        currency=price.currency,
        rates=told["rates"],
        batch_rates=told["batch_rates"],
        per_request=price.per_request,
    )


@router.post(
    "/orgs/{uuid:org_id}/usage/reprice",
    response=schemas.RepriceOut,
    operation_id="repriceUsage",
    summary="Charge events anew",
)
def reprice(request: HttpRequest, org_id: UUID, payload: schemas.RepriceIn) -> metering.Repricing:
    """By the prices that hold now for the time of each event; the same again changes nothing.
    Closed months get adjustments. Needs `budget.manage`."""
    since, until = aware(payload.since), aware(payload.until)
    assert since is not None and until is not None  # noqa: S101, PT018
    return metering.reprice(
        actor_of(request),
        org_id,
        since=since,
        until=until,
        model=payload.model_name or None,
        apply=payload.apply,
    )


@router.post(
    "/orgs/{uuid:org_id}/usage/reconcile",
    response=schemas.ReconciliationOut,
    operation_id="reconcileInvoice",
    summary="Compare an invoice with the meter",
)
def reconcile(
    request: HttpRequest, org_id: UUID, payload: schemas.InvoiceIn
) -> metering.Reconciliation:
    """The difference per model; nothing is kept. Needs `usage.read`."""
    with scope(actor_of(request), None, org_id):
        return metering.reconcile(
            org_id,
            invoice=payload.invoice,
            since=aware(payload.since),
            until=aware(payload.until),
            provider=payload.provider or None,
        )


@router.get(
    "/orgs/{uuid:org_id}/usage/focus",
    operation_id="exportFocus",
    summary="Export costs as FOCUS",
    openapi_extra={
        "responses": {
            200: {
                "description": "FOCUS 1.2, one row a day and cause",
                "content": {
                    "text/csv": {"schema": {"type": "string"}, "example": "BilledCost,…"},
                    "application/vnd.apache.parquet": {
                        "schema": {"type": "string", "format": "binary"},
                        "example": "PAR1…",
                    },
                },
            }
        }
    },
)
def focus(
    request: HttpRequest,
    org_id: UUID,
    format: Annotated[Literal["csv", "parquet"], Query()] = "csv",
    project_id: Annotated[UUID | None, Query(description="Only of this project")] = None,
    since: FromQuery = None,
    until: UntilQuery = None,
) -> HttpResponse:
    """The last 30 days unless told otherwise. Where no price is known `BilledCost` is null and
    `x_PriceKnown` false. Needs `usage.read`."""
    end = aware(until) or datetime.now(UTC) + timedelta(days=1)
    start = aware(since) or end - timedelta(days=31)
    make = metering.focus_csv if format == "csv" else metering.focus_parquet
    with scope(actor_of(request), None, org_id):
        body = make(org_id, since=start, until=end, project_id=project_id)
    response = HttpResponse(body, content_type=_KINDS[format])
    response["Content-Disposition"] = f'attachment; filename="focus.{format}"'
    return response
