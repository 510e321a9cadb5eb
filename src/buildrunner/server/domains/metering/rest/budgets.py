"""Budgets, quotas and savings hints by API."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rest import budget_schemas as schemas
from buildrunner.server.domains.metering.rest.usage import OrgQuery, ProjectQuery, scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["budgets"])
_ONE = "/admin/budgets/{uuid:budget_id}"


@router.post(
    "/admin/budgets",
    response={201: schemas.BudgetOut},
    operation_id="setBudget",
    summary="Set a budget",
)
def set_budget(request: HttpRequest, payload: schemas.BudgetIn) -> Status[schemas.BudgetOut]:
    """Of an organization, a project or what lies in it. What the current period has spent already
    counts. Under a hard cap calls that could pass it are refused. Needs `budget.manage`."""
    amount = payload.monthly_usd if payload.amount_usd is None else payload.amount_usd
    if amount is None or (payload.monthly_usd is not None and payload.period != "month"):
        raise Invalid("Say monthly_usd, or amount_usd and period.", field="monthly_usd")
    made = metering.set_budget(
        actor_of(request),
        project_id=payload.project_id,
        org_id=payload.org_id,
        scope=payload.scope or "",
        subject=payload.subject,
        period=payload.period,
        amount=amount,
        hard=payload.hard_cap,
        alert_threshold=payload.alert_threshold,
        name=payload.name,
        locked=payload.locked,
        enabled=payload.enabled,
    )
    return Status(201, schemas.BudgetOut.of(made))


@router.get(
    "/admin/budgets",
    response=Page[schemas.BudgetOut],
    operation_id="listBudgets",
    summary="List budgets",
)
def list_budgets(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    project_id: ProjectQuery = None,
    org_id: OrgQuery = None,
) -> dict[str, Any]:
    """Those of a project and of its whole organization, or all of an organization. Needs
    `usage.read`."""
    with scope(actor_of(request), project_id, org_id) as home:
        rows = metering.list_budgets(home, project_id=project_id)
    return whole_page(request, response, paging, [schemas.BudgetOut.of(one) for one in rows])


@router.get(_ONE, response=schemas.BudgetOut, operation_id="getBudget", summary="Get a budget")
def get_budget(request: HttpRequest, budget_id: UUID) -> schemas.BudgetOut:
    """How it stands now. Needs `usage.read`."""
    with metering.budget_scope(actor_of(request), budget_id) as (_, row):
        return schemas.BudgetOut.of(metering.budget_views([row])[0])


@router.patch(
    _ONE, response=schemas.BudgetOut, operation_id="changeBudget", summary="Change a budget"
)
def change_budget(
    request: HttpRequest, budget_id: UUID, payload: schemas.BudgetChangeIn
) -> schemas.BudgetOut:
    """A lower amount holds for the next call. Needs `budget.manage`; in the organization where the
    budget is locked."""
    changed = metering.change_budget(
        actor_of(request),
        budget_id,
        amount=payload.monthly_usd if payload.amount_usd is None else payload.amount_usd,
        hard=payload.hard_cap,
        alert_threshold=payload.alert_threshold,
        name=payload.name,
        locked=payload.locked,
        enabled=payload.enabled,
    )
    return schemas.BudgetOut.of(changed)


@router.delete(_ONE, response={204: None}, operation_id="endBudget", summary="End a budget")
def end_budget(request: HttpRequest, budget_id: UUID) -> Status[None]:
    """What is held against it is settled as it would be. Needs the same as changing it."""
    metering.end_budget(actor_of(request), budget_id)
    return Status(204, None)


@router.post(
    _ONE + "/approvals",
    response={201: schemas.BudgetApprovalOut},
    operation_id="approveOverspend",
    summary="Approve spending beyond a budget",
)
def approve(
    request: HttpRequest, budget_id: UUID, payload: schemas.BudgetApprovalIn
) -> Status[Any]:
    """For the current period alone, and on the record: what a breach of the policy's
    `max_daily_cost` needs. In person, with `budget.manage`."""
    made = metering.lift_budget(
        actor_of(request), budget_id, amount=payload.amount_usd, reason=payload.reason
    )
    return Status(201, made)


@router.get(
    _ONE + "/approvals",
    response=Page[schemas.BudgetApprovalOut],
    operation_id="listOverspendApprovals",
    summary="List what was approved beyond a budget",
)
def approvals(
    request: HttpRequest, response: HttpResponse, budget_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """The newest 50. Needs `usage.read`."""
    with metering.budget_scope(actor_of(request), budget_id):
        rows = metering.list_lifts(budget_id)
    return whole_page(request, response, paging, rows)


@router.get(
    "/orgs/{uuid:org_id}/quotas",
    response=Page[schemas.QuotaOut],
    operation_id="listQuotas",
    summary="List the limits of an organization's tier",
)
def list_quotas(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """And what is used of them this month. Needs `usage.read`."""
    with scope(actor_of(request), None, org_id):
        rows = metering.quotas(org_id)
    return whole_page(request, response, paging, rows, name="type")


@router.put(
    "/orgs/{uuid:org_id}/quotas/{kind}",
    response=schemas.QuotaOut,
    operation_id="setQuota",
    summary="Let usage pass a limit, or refuse it",
)
def set_quota(
    request: HttpRequest,
    org_id: UUID,
    kind: Literal["tokens", "api_calls", "storage"],
    payload: schemas.QuotaIn,
) -> metering.QuotaView:
    """With `overage` what goes beyond the tier's limit becomes overage lines. Needs
    `budget.manage`."""
    return metering.set_overage(actor_of(request), org_id, kind=kind, overage=payload.overage)


@router.get(
    "/usage/savings",
    response=Page[schemas.HintOut],
    operation_id="listSavings",
    summary="Where money could be saved",
)
def savings(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    project_id: ProjectQuery = None,
    org_id: Annotated[UUID | None, Query(description="Of this organization, instead")] = None,
) -> dict[str, Any]:
    """From the last 30 days, the largest first. Needs `usage.read`."""
    with scope(actor_of(request), project_id, org_id) as home:
        rows = metering.savings_hints(home, project_id=project_id)
    return whole_page(request, response, paging, rows, name="title")
