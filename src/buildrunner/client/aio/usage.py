"""What is used and what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import (
    Price,
    PriceQuote,
    Reconciliation,
    RecordedUsage,
    Repricing,
    UsageAdjustment,
    UsageBatch,
    UsageEvent,
    UsagePeriod,
    UsageSum,
)


class AsyncUsage(AsyncResource):
    """`/api/usage`, `/api/billing/usage` and the months of an organization."""

    async def send(self, events: Sequence[Mapping[str, Any]]) -> UsageBatch:
        """Up to 5,000 CloudEvents. Sent again they count once; what is wrong with an event stands
        in its outcome, and the others count."""
        return await self._transport.send("POST", "/api/usage/events", UsageBatch, list(events))

    async def record(
        self,
        project_id: str,
        event_type: str,
        quantity: float | str,
        *,
        model_name: str | None = None,
        provider: str | None = None,
        microstep_id: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> RecordedUsage:
        """One number; `event_type` is tokens, api_calls, storage, compute or integrations. `data`
        is kept with it; integrations tell `calls` and `deployment_minutes` there."""
        body = {
            "project_id": project_id,
            "event_type": event_type,
            "quantity": quantity,
            "model_name": model_name,
            "provider": provider,
            "microstep_id": microstep_id,
            "data": None if data is None else dict(data),
        }
        return await self._transport.send("POST", "/api/billing/usage", RecordedUsage, _given(body))

    def summary(
        self,
        *,
        project_id: str | None = None,
        org_id: str | None = None,
        group_by: str = "type",
        event_type: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AsyncIterator[UsageSum]:
        """Sums by group, the dearest first, of a project or an organization."""
        return self._transport.pages(
            "/api/usage/summary",
            UsageSum,
            project_id=project_id,
            org_id=org_id,
            group_by=group_by,
            event_type=event_type,
            until=until,
            **{"from": since},
        )

    def events(
        self,
        *,
        project_id: str | None = None,
        org_id: str | None = None,
        status: str | None = None,
        event_type: str | None = None,
        model_name: str | None = None,
        microstep_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AsyncIterator[UsageEvent]:
        """Events, the latest first; `status` is accepted, duplicate, rejected or aggregated."""
        return self._transport.pages(
            "/api/usage/events",
            UsageEvent,
            project_id=project_id,
            org_id=org_id,
            status=status,
            event_type=event_type,
            model_name=model_name,
            microstep_id=microstep_id,
            until=until,
            **{"from": since},
        )

    async def period(self, org_id: str, *, month: str | None = None) -> UsagePeriod:
        """A month (`2026-10`, else this one) against the limits of the organization's plan."""
        return await self._transport.get(
            "/api/billing/usage", UsagePeriod, org_id=org_id, month=month
        )

    async def close_period(self, org_id: str, month: str) -> None:
        """Close a month that is over (`2026-10`), for good."""
        path = f"{_base(org_id)}/usage/periods"
        await self._transport.request("POST", path, json={"month": month}, keyed=True)

    def adjustments(
        self, org_id: str, *, month: str | None = None
    ) -> AsyncIterator[UsageAdjustment]:
        """Corrections to closed months, oldest first."""
        path = f"{_base(org_id)}/usage/adjustments"
        return self._transport.pages(path, UsageAdjustment, month=month)


class AsyncCosts(AsyncResource):
    """Prices, charges, invoices and exports of an organization."""

    def prices(self, org_id: str, *, withdrawn: bool = False) -> AsyncIterator[Price]:
        """The organization's own price list, newest first."""
        return self._transport.pages(
            f"{_base(org_id)}/prices", Price, withdrawn="true" if withdrawn else None
        )

    async def quote(
        self, org_id: str, model_name: str, *, provider: str | None = None
    ) -> PriceQuote:
        """What a model costs now, by the own list or the public one."""
        path = f"{_base(org_id)}/quote"
        return await self._transport.get(path, PriceQuote, model_name=model_name, provider=provider)

    async def set_price(
        self,
        org_id: str,
        model_name: str,
        *,
        provider: str | None = None,
        event_type: str = "tokens",
        rates: Mapping[str, str] | None = None,
        batch_rates: Mapping[str, str] | None = None,
        per_request: str | None = None,
        per_unit: str | None = None,
        valid_from: str | None = None,
        note: str | None = None,
    ) -> Price:
        """Add an entry: `rates` are USD for a million tokens by kind (input, cache_read,
        cache_write, output, reasoning), `per_unit` is for usage that is not tokens."""
        body = {
            "model_name": model_name,
            "provider": provider,
            "event_type": event_type,
            "rates": rates,
            "batch_rates": batch_rates,
            "per_request": per_request,
            "per_unit": per_unit,
            "valid_from": valid_from,
            "note": note,
        }
        return await self._transport.send("POST", f"{_base(org_id)}/prices", Price, _given(body))

    async def withdraw_price(self, org_id: str, price_id: str) -> None:
        """The entry holds no more from now on."""
        await self._transport.delete(f"{_base(org_id)}/prices/{wire.segment(price_id)}")

    async def reprice(
        self,
        org_id: str,
        *,
        since: str,
        until: str,
        model_name: str | None = None,
        apply: bool = False,
    ) -> Repricing:
        """Compare charges with the prices that hold now; with `apply` write them."""
        body = {"from": since, "until": until, "model_name": model_name, "apply": apply}
        path = f"{_base(org_id)}/usage/reprice"
        return await self._transport.send("POST", path, Repricing, _given(body))

    async def reconcile(
        self,
        org_id: str,
        invoice: str,
        *,
        provider: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Reconciliation:
        """A provider's invoice, the text of a CSV file, against the meter, by model."""
        body = {"invoice": invoice, "provider": provider, "from": since, "until": until}
        path = f"{_base(org_id)}/usage/reconcile"
        return await self._transport.send("POST", path, Reconciliation, _given(body))

    async def focus(
        self,
        org_id: str,
        *,
        format: str = "csv",
        project_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> bytes:
        """Costs as FOCUS, `csv` or `parquet`; the last 30 days unless told otherwise."""
        params = {"format": format, "project_id": project_id, "from": since, "until": until}
        path = f"{_base(org_id)}/usage/focus"
        answer = await self._transport.request("GET", path, params=params)
        return answer.content


def _base(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}"


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
