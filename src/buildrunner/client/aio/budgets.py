"""Budgets, the limits of the tier, and where money could be saved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import Budget, BudgetApproval, Quota, Saving


class AsyncBudgets(AsyncResource):
    """`/api/admin/budgets`, an organization's quotas and `/api/usage/savings`."""

    def list(
        self, *, project_id: str | None = None, org_id: str | None = None
    ) -> AsyncIterator[Budget]:
        """Those of a project and of its whole organization, or all of an organization."""
        params = _told(project_id=project_id, org_id=org_id)
        return self._transport.pages("/api/admin/budgets", Budget, **params)

    async def set(
        self,
        amount_usd: float | str,
        *,
        project_id: str | None = None,
        org_id: str | None = None,
        scope: str | None = None,
        subject: str = "",
        period: str = "month",
        hard_cap: bool = False,
        alert_threshold: float = 0.8,
        name: str = "",
        locked: bool = False,
    ) -> Budget:
        """A new one. Without `scope` it is the project's, or the organization's."""
        body = {
            **_told(project_id=project_id, org_id=org_id, scope=scope),
            "subject": subject,
            "period": period,
            "amount_usd": amount_usd,
            "hard_cap": hard_cap,
            "alert_threshold": alert_threshold,
            "name": name,
            "locked": locked,
        }
        return await self._transport.send("POST", "/api/admin/budgets", Budget, body)

    async def get(self, budget_id: str) -> Budget:
        """How one stands now."""
        return await self._transport.get(_one(budget_id), Budget)

    async def update(
        self,
        budget_id: str,
        *,
        amount_usd: float | str | None = None,
        hard_cap: bool | None = None,
        alert_threshold: float | None = None,
        name: str | None = None,
        locked: bool | None = None,
        enabled: bool | None = None,
    ) -> Budget:
        """Change it; what is `None` stays."""
        body = _told(
            amount_usd=amount_usd,
            hard_cap=hard_cap,
            alert_threshold=alert_threshold,
            name=name,
            locked=locked,
            enabled=enabled,
        )
        return await self._transport.send("PATCH", _one(budget_id), Budget, body)

    async def end(self, budget_id: str) -> None:
        """No budget any more; what is held is settled as it would be."""
        await self._transport.request("DELETE", _one(budget_id), keyed=True)

    async def approve(
        self, budget_id: str, amount_usd: float | str, *, reason: str
    ) -> BudgetApproval:
        """More for this period, on the record; only people may, so keys are refused."""
        body = {"amount_usd": amount_usd, "reason": reason}
        path = f"{_one(budget_id)}/approvals"
        return await self._transport.send("POST", path, BudgetApproval, body)

    def approvals(self, budget_id: str) -> AsyncIterator[BudgetApproval]:
        """What was approved beyond it, newest first."""
        return self._transport.pages(f"{_one(budget_id)}/approvals", BudgetApproval)

    def quotas(self, org_id: str) -> AsyncIterator[Quota]:
        """The limits of the organization's tier and what is used of them."""
        return self._transport.pages(_quotas(org_id), Quota)

    async def set_quota(self, org_id: str, kind: str, *, overage: bool) -> Quota:
        """Let usage of a type pass its limit, to be billed, or refuse it."""
        path = f"{_quotas(org_id)}/{wire.segment(kind)}"
        return await self._transport.send("PUT", path, Quota, {"overage": overage})

    def savings(
        self, *, project_id: str | None = None, org_id: str | None = None
    ) -> AsyncIterator[Saving]:
        """From the last 30 days, the largest first."""
        params = _told(project_id=project_id, org_id=org_id)
        return self._transport.pages("/api/usage/savings", Saving, **params)


def _told(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _one(budget_id: str) -> str:
    return f"/api/admin/budgets/{wire.segment(budget_id)}"


def _quotas(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}/quotas"
