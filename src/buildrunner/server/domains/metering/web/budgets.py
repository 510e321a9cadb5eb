"""Forms of the Usage page; each leads back to it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import organization_scope, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Invalid, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

Act = Callable[[HttpRequest, Actor, UUID | None, UUID | None, dict[str, str]], str]


def _form(act: Act) -> Callable[..., HttpResponse]:
    """Takes a form of a project's page or of an organization's; strangers get 404 whatever they
    send, and whoever types the address is led to the page."""

    @require_http_methods(["GET", "POST"])
    @wraps(act)
    def answer(
        request: HttpRequest,
        project_id: UUID | None = None,
        org_id: UUID | None = None,
        **named: str,
    ) -> HttpResponse:
        actor = signed_in(request)
        if project_id is not None:
            base = f"/projects/{project_id}/usage"
            with project_scope(actor, project_id, "usage.read"):
                pass
        else:
            assert org_id is not None  # noqa: S101
            base = f"/orgs/{org_id}/usage"
            with organization_scope(actor, org_id) as access:
                access.require("usage.read")
        if request.method == "POST":
            try:
                messages.success(request, act(request, actor, project_id, org_id, named))
            except NotFound:
                raise
            except DomainError as refusal:
                messages.error(request, refusal.detail)
        return HttpResponseRedirect(f"{base}#budgets")

    return answer


@_form
def add(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID | None,
    org_id: UUID | None,
    _: dict[str, str],
) -> str:
    """A new budget."""
    metering.set_budget(
        actor,
        project_id=project_id,
        org_id=org_id,
        scope=request.POST.get("scope", ""),
        subject=request.POST.get("subject", ""),
        period=request.POST.get("period", "month"),
        amount=_amount(request, "amount"),
        hard=request.POST.get("hard") == "1",
        alert_threshold=_amount(request, "threshold") / 100,
        name=request.POST.get("name", ""),
        locked=request.POST.get("locked") == "1",
    )
    return "The budget holds from now on."


@_form
def change(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,  # noqa: ARG001
    named: dict[str, str],
) -> str:
    """Another amount, or hard instead of soft."""
    metering.change_budget(
        actor,
        _id(named),
        amount=_amount(request, "amount"),
        hard=request.POST.get("hard") == "1",
        alert_threshold=_amount(request, "threshold") / 100,
    )
    return "The budget is changed."


@_form
def end(
    request: HttpRequest,  # noqa: ARG001
    actor: Actor,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,  # noqa: ARG001
    named: dict[str, str],
) -> str:
    """No budget any more."""
    metering.end_budget(actor, _id(named))
    return "The budget is gone. What it counted stays on the record."


@_form
def approve(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,  # noqa: ARG001
    named: dict[str, str],
) -> str:
    """More for this period, on the record."""
    amount = _amount(request, "amount")
    metering.lift_budget(actor, _id(named), amount=amount, reason=request.POST.get("reason", ""))
    return f"{amount:,.2f} USD more may be spent in this period."


@_form
def quota(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,
    named: dict[str, str],
) -> str:
    """Let usage pass a limit, or refuse it."""
    overage = request.POST.get("overage") == "1"
    assert org_id is not None  # noqa: S101
    metering.set_overage(actor, org_id, kind=str(named["kind"]), overage=overage)
    return "Usage beyond the limit is billed." if overage else "Usage beyond the limit is refused."


def _id(named: dict[str, str]) -> UUID:
    return UUID(str(named["budget_id"]))


def _amount(request: HttpRequest, name: str) -> Decimal:
    try:
        return Decimal(request.POST.get(name, "").strip().replace(",", ""))
    except InvalidOperation:
        raise Invalid("Write the amount as a number, such as 250 or 0.50.", field=name) from None
