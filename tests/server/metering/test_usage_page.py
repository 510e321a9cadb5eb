"""The Usage page and its forms."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, add_person
from factories.budgets import budget_row
from factories.usage import make_usage
from kits.visitor import sign_in


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    return sign_in(tenant.person)


def test_it_shows_consumption_limits_and_rows(tenant: Tenant, visitor: Client) -> None:
    now = datetime.now(UTC)
    used = make_usage(tenant, time=now, microstep="m1.s1.ms1", person_id=tenant.person.id)
    odd = make_usage(tenant, time=now, model="nobody-knows", provider="acme")
    budget_row(tenant, "0.001", name="Engine room")
    metering.record_usage(tenant.actor, tenant.org_id, [used, odd])
    page = f"/projects/{tenant.project_id}/usage"
    text = visitor.get(page).content.decode()
    for words in ("gpt-4o", "Engine room", "Hard cap", "1 unpriced", "not limited", "FOCUS"):
        assert words in text
    rows = visitor.get(f"{page}?by=microstep&of=m1.s1.ms1").content.decode()
    assert "Rows of" in rows
    assert "0.004000" in rows
    for by in ("person", "agent", "type"):
        assert visitor.get(f"{page}?by={by}&of={tenant.person.id}").status_code == 200
    assert visitor.get(f"{page}?by=person&of=nonsense").status_code == 200
    whole = visitor.get(f"/orgs/{tenant.org_id}/usage?by=project").content.decode()
    assert "Engine" in whole


def test_budgets_are_kept_by_its_forms(tenant: Tenant, visitor: Client) -> None:
    page = f"/projects/{tenant.project_id}/usage"
    form = {"scope": "project", "period": "day", "amount": "2.50", "threshold": "70", "hard": "1"}
    answer = visitor.post(f"{page}/budgets", form)
    assert (answer.status_code, answer["Location"]) == (302, f"{page}#budgets")
    answer = visitor.post(f"{page}/budgets", {**form, "amount": "a lot"}, follow=True)
    assert "Write the amount as a number" in answer.content.decode()

    def only() -> metering.BudgetView:
        with tenant_scope(tenant.org_id):
            (one,) = metering.list_budgets(tenant.org_id)
            return one

    made = only()
    assert (made.amount, made.hard, made.period) == (Decimal("2.50"), True, "day")
    visitor.post(f"{page}/budgets/{made.id}", {"amount": "3", "threshold": "90"})
    assert (only().amount, only().hard) == (3, False)
    visitor.post(f"{page}/budgets/{made.id}/approve", {"amount": "1", "reason": "Demo"})
    assert only().cap == 4
    assert visitor.get(f"{page}/budgets/{made.id}/end")["Location"] == f"{page}#budgets"
    visitor.post(f"{page}/budgets/{made.id}/end")
    with pytest.raises(ValueError, match="not enough"):
        only()


def test_who_does_not_see_costs(tenant: Tenant, stranger: Tenant) -> None:
    page = f"/projects/{tenant.project_id}/usage"
    assert sign_in(stranger.person).get(page).status_code == 404
    assert sign_in(stranger.person).post(f"{page}/budgets", {}).status_code == 404
    viewer = sign_in(add_person(tenant, project_role="viewer"))
    assert viewer.get(page).status_code == 403
    lead = sign_in(add_person(tenant, project_role="techlead"))
    assert "Add a budget" not in lead.get(page).content.decode()


def test_a_limit_is_let_through_by_its_form(
    tenant: Tenant, visitor: Client, settings: pytest.FixtureRequest
) -> None:
    settings.BR_PLAN = "free"  # type: ignore[attr-defined]
    page = f"/orgs/{tenant.org_id}/usage"
    assert "Let through and bill" in visitor.get(page).content.decode()
    visitor.post(f"{page}/quotas/tokens", {"overage": "1"})
    assert "Refuse what goes beyond" in visitor.get(page).content.decode()
