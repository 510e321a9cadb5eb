"""Budgets by API: who may set which, what they count, and what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering import tasks
from buildrunner.server.domains.metering.models import Budget
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import DomainError, Forbidden
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Position, Record
from factories import Api, Tenant, add_person, make_key
from factories.budgets import balance, cause
from factories.usage import make_usage

D = Decimal


def held(tenant: Tenant, amount: str) -> UUID:
    name = uuid4()
    metering.reserve(cause(tenant), D(amount), id=name)
    return name


def events(tenant: Tenant, kind: str) -> list[dict[str, object]]:
    with tenant_scope(tenant.org_id):
        return list(Event.objects.filter(kind=kind).order_by("id").values_list("data", flat=True))


def test_a_budget_as_the_brief_shows_it(tenant: Tenant, api: Api) -> None:
    body = {
        "project_id": str(tenant.project_id),
        "monthly_usd": 1000.00,
        "hard_cap": True,
        "alert_threshold": 0.8,
    }
    answer = api.post("/api/admin/budgets", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["scope"] == "project"
    assert (made["monthly_usd"], made["hard_cap"], made["alert_threshold"]) == (
        "1000.000000",
        True,
        0.8,
    )
    path = f"/api/admin/budgets/{made['id']}"
    again = api.post("/api/admin/budgets", body)
    assert (again.status_code, again.json()["code"]) == (409, "budget_exists")
    assert again.json()["budget"] == made["id"]
    changed = api.patch(path, {"monthly_usd": 1500})
    assert changed.json()["cap_usd"] == "1500.000000"
    assert api.get(path).json() == changed.json()
    listed = api.get(f"/api/admin/budgets?project_id={tenant.project_id}").json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    (said,) = events(tenant, "budget.changed")
    assert said["before"]["amount"] == "1000.000000"  # type: ignore[index]
    assert said["after"]["amount"] == "1500.000000"  # type: ignore[index]
    assert events(tenant, "budget.ended")[0]["after"] is None


@pytest.mark.parametrize(
    "members",
    [
        {"monthly_usd": -1},
        {"monthly_usd": 10**12},
        {"monthly_usd": "NaN"},
        {},
        {"monthly_usd": 1, "period": "day"},
        {"amount_usd": 1, "period": "week"},
        {"monthly_usd": 1, "alert_threshold": 0},
        {"monthly_usd": 1, "alert_threshold": 80},
        {"monthly_usd": 1, "scope": "person", "subject": "ada"},
        {"monthly_usd": 1, "scope": "microstep"},
        {"monthly_usd": 1, "scope": "organization"},
    ],
)
def test_budgets_that_are_none(tenant: Tenant, api: Api, members: dict[str, object]) -> None:
    answer = api.post("/api/admin/budgets", {"project_id": str(tenant.project_id), **members})
    assert answer.status_code == 422, answer.content


def test_it_counts_what_the_period_has_spent(tenant: Tenant) -> None:
    now = datetime.now(UTC)
    old = make_usage(tenant, time=now - timedelta(days=40))
    metering.record_usage(tenant.actor, tenant.org_id, [make_usage(tenant, time=now), old])
    made = metering.set_budget(tenant.actor, project_id=tenant.project_id, amount=D(1))
    with tenant_scope(tenant.org_id):
        month = metering.quote(tenant.org_id, "openai", "gpt-4o", now)
    assert month is not None
    assert made.spent == month.cost(metering.Tokens(input=800, output=200))
    assert events(tenant, "budget.alert") == []


def test_who_may_manage_which(tenant: Tenant, stranger: Tenant) -> None:
    pm = tenancy.actor_for_person(add_person(tenant, project_role="pm"))
    lead = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    project = {"project_id": tenant.project_id}
    own = metering.set_budget(pm, amount=D(1), **project)
    with pytest.raises(Forbidden):
        metering.set_budget(pm, amount=D(1), org_id=tenant.org_id)
    with pytest.raises(Forbidden):
        metering.set_budget(lead, amount=D(1), period="day", **project)
    with pytest.raises(Forbidden):
        metering.set_budget(pm, amount=D(1), period="day", locked=True, **project)
    locked = metering.set_budget(tenant.actor, amount=D(1), period="day", locked=True, **project)
    metering.change_budget(pm, own.id, amount=D(2))
    for refused in (
        lambda: metering.change_budget(pm, own.id, locked=True),
        lambda: metering.change_budget(pm, locked.id, amount=D(2)),
        lambda: metering.change_budget(pm, locked.id, locked=False),
        lambda: metering.end_budget(pm, locked.id),
        lambda: metering.lift_budget(pm, locked.id, amount=D(2), reason="more"),
        lambda: metering.change_budget(lead, own.id, amount=D(2)),
    ):
        with pytest.raises(Forbidden):
            refused()
    with pytest.raises(DomainError) as absent:
        metering.change_budget(stranger.actor, own.id, amount=D(2))
    assert absent.value.code == "budget_not_found"
    theirs = Api(stranger.key)
    assert theirs.get(f"/api/admin/budgets/{own.id}").json()["code"] == "budget_not_found"
    assert theirs.delete(f"/api/admin/budgets/{own.id}").status_code == 404
    assert theirs.get(f"/api/admin/budgets?project_id={tenant.project_id}").status_code == 404


def test_a_lower_cap_holds_for_the_next_call_and_an_end_lets_it_through(tenant: Tenant) -> None:
    made = metering.set_budget(tenant.actor, project_id=tenant.project_id, amount=D(1), hard=True)
    name = held(tenant, "0.5")
    metering.change_budget(tenant.actor, made.id, amount=D("0.6"))
    with pytest.raises(metering.BudgetExceeded):
        held(tenant, "0.2")
    metering.change_budget(tenant.actor, made.id, enabled=False)
    held(tenant, "0.2")
    metering.end_budget(tenant.actor, made.id)
    held(tenant, "9")
    metering.settle(tenant.org_id, name, D("0.4"))
    assert balance(tenant, made.id)[0] == D("0.4")


def test_spending_beyond_is_approved_in_person_and_recorded(tenant: Tenant, api: Api) -> None:
    made = metering.set_budget(
        tenant.actor, project_id=tenant.project_id, amount=D(1), period="day", hard=True
    )
    with pytest.raises(metering.BudgetExceeded) as refused:
        held(tenant, "1.5")
    assert refused.value.extensions["approval"] == f"/api/admin/budgets/{made.id}/approvals"
    body = {"amount_usd": 1, "reason": "Release week"}
    path = f"/api/admin/budgets/{made.id}/approvals"
    assert api.post(path, body).json()["code"] == "in_person"
    lifted = metering.lift_budget(tenant.actor, made.id, amount=D(1), reason="Release week")
    assert lifted.reason == "Release week"
    held(tenant, "1.5")
    (told,) = api.get(path).json()["items"]
    assert (told["amount_usd"], told["actor"]["name"]) == ("1.000000", "Ada")
    (said,) = events(tenant, "budget.lifted")
    assert (said["before"], said["after"]) == ("1.000000", "2.000000")


def test_the_policy_sets_a_hard_daily_budget(tenant: Tenant) -> None:
    def save(text: str) -> None:
        governance.save_policy(tenant.actor, tenant.project_id, text=text, expected=governance.ANY)
        with tenant_scope(tenant.org_id):
            row = Event.objects.filter(kind="policy.saved").order_by("-id")[0]
        tasks.follow_policy(
            Record(
                Position(row.epoch, row.transaction, row.id),
                row.kind,
                row.org_id,
                row.project_id,
                row.subject,
                row.actor,
                row.data,
                row.created_at,
            )
        )

    save("version: 1\nanalytics:\n  max_daily_cost: 0.5\n  budget_alert_threshold: 500\n")
    with tenant_scope(tenant.org_id):
        rows = {row.period: row for row in Budget.objects.filter(ended_at__isnull=True)}
    assert (rows["day"].amount, rows["day"].hard, rows["day"].origin) == (D("0.5"), True, "policy")
    assert (rows["month"].amount, rows["month"].hard) == (D(500), False)
    with pytest.raises(metering.BudgetExceeded) as refused:
        held(tenant, "0.6")
    assert refused.value.extensions["period"] == "day"
    with pytest.raises(DomainError) as fixed:
        metering.end_budget(tenant.actor, rows["day"].id)
    assert fixed.value.code == "budget_of_policy"
    metering.lift_budget(tenant.actor, rows["day"].id, amount=D(1), reason="Demo")
    held(tenant, "0.6")
    save("version: 1\nanalytics:\n  max_daily_cost: 2\n")
    with tenant_scope(tenant.org_id):
        left = list(Budget.objects.filter(ended_at__isnull=True).values_list("period", "amount"))
    assert left == [("day", D(2))]


def test_alerts_come_again_when_the_amount_was_raised(tenant: Tenant) -> None:
    made = metering.set_budget(tenant.actor, project_id=tenant.project_id, amount=D(1))
    metering.settle(tenant.org_id, held(tenant, "0.85"), D("0.85"))
    metering.change_budget(tenant.actor, made.id, amount=D(2))
    metering.change_budget(tenant.actor, made.id, amount=D(1))
    assert [one["level"] for one in events(tenant, "budget.alert")] == ["0.8000", "0.8000"]
    metering.change_budget(tenant.actor, made.id, amount=D("0.5"))
    assert [one["level"] for one in events(tenant, "budget.alert")][2:] == ["0.9", "1.0"]


def test_limits_of_a_tier_warn_and_then_refuse(
    tenant: Tenant, api: Api, settings: pytest.FixtureRequest
) -> None:
    metering.require_quota(tenant.org_id, "tokens", D(10**12))  # self-hosted: not limited
    settings.BR_PLAN = "free"  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    metering.record_usage(
        tenant.actor, tenant.org_id, [make_usage(tenant, time=now, quantity=D(95000), tokens=None)]
    )
    for _ in range(2):
        metering.require_quota(tenant.org_id, "tokens", D(1000))
    assert [one["level"] for one in events(tenant, "quota.alert")] == ["0.8", "0.9"]
    with pytest.raises(metering.QuotaExceeded) as refused:
        metering.require_quota(tenant.org_id, "tokens", D(6000))
    told = refused.value.extensions
    assert (told["limit_name"], told["limit"], told["tier_with_more"]) == ("tokens", 100000, "Pro")
    path = f"/api/orgs/{tenant.org_id}/quotas"
    assert api.put(f"{path}/tokens", {"overage": True}).json()["overage"] is True
    metering.require_quota(tenant.org_id, "tokens", D(6000))
    metering.record_usage(
        tenant.actor, tenant.org_id, [make_usage(tenant, time=now, quantity=D(6000), tokens=None)]
    )
    (line,) = [one for one in api.get(path).json()["items"] if one["type"] == "tokens"]
    assert line["beyond"] == 1000
    (said,) = events(tenant, "quota.changed")
    assert (said["before"], said["after"]) == (False, True)


def test_savings_are_computed_from_rows_that_can_be_seen(tenant: Tenant, api: Api) -> None:
    now = datetime.now(UTC)
    big = make_usage(
        tenant, time=now, quantity=D(1_000_000), tokens=metering.Tokens(input=1_000_000)
    )
    odd = make_usage(tenant, time=now, model="nobody-knows", provider="acme")
    metering.record_usage(tenant.actor, tenant.org_id, [big, odd])
    hints = api.get(f"/api/usage/savings?project_id={tenant.project_id}").json()["items"]
    kinds = {one["kind"] for one in hints}
    assert {"cache_prompts", "price_missing"} <= kinds
    (one,) = [hint for hint in hints if hint["kind"] == "cache_prompts"]
    assert D(one["saving_usd"]) == D("0.625")  # half a million tokens at 2.50 less 1.25
    rows = api.get(f"/api/usage/events?{urlencode(one['query'])}").json()["items"]
    assert len(rows) == one["events"] == 1


def test_every_organization_is_warned(tenant: Tenant, settings: pytest.FixtureRequest) -> None:
    settings.BR_PLAN = "free"  # type: ignore[attr-defined]
    used = make_usage(tenant, time=datetime.now(UTC), quantity=D(85000), tokens=None)
    metering.record_usage(tenant.actor, tenant.org_id, [used])
    for _ in range(2):
        tasks.warn_of_quotas()
    assert [one["level"] for one in events(tenant, "quota.alert")] == ["0.8"]


def test_a_key_without_the_scope_manages_nothing(tenant: Tenant) -> None:
    _, secret = make_key(tenant.person, scopes=("analytics.read",))
    api = Api(secret)
    assert api.get(f"/api/admin/budgets?project_id={tenant.project_id}").status_code == 200
    body = {"project_id": str(tenant.project_id), "monthly_usd": 1}
    assert api.post("/api/admin/budgets", body).json()["code"] == "scope_missing"
