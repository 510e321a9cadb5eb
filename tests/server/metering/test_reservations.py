"""Reservations and leases: no cap is passed and no call is free, whatever happens beside."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.actions.reserve import expire_hold
from buildrunner.server.domains.metering.models import Budget, Hold
from buildrunner.server.domains.metering.rules import budgets as rules
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.events.models import Event
from factories import Tenant, make_tenant
from factories.budgets import balance, budget_row, cause
from factories.usage import NOON, make_usage

D = Decimal


def held(tenant: Tenant, amount: str | None, **members: object) -> UUID:
    name = uuid4()
    metering.reserve(cause(tenant, **members), None if amount is None else D(amount), id=name)
    return name


def kinds(tenant: Tenant, prefix: str) -> list[str]:
    with tenant_scope(tenant.org_id):
        rows = Event.objects.filter(kind__startswith=prefix).order_by("id")
        return [f"{row.kind}:{row.data.get('level')}" for row in rows]


def overdue(tenant: Tenant, name: UUID, owner: psycopg.Connection) -> None:
    owner.execute("UPDATE metering_hold SET expires_at = now() WHERE id = %s", [name])


def test_what_is_reserved_is_settled_or_released(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1")
    one, two = held(tenant, "0.4"), held(tenant, "0.5")
    assert balance(tenant, budget) == (0, D("0.9"))
    metering.settle(tenant.org_id, one, D("0.1"))
    metering.release(tenant.org_id, two)
    assert balance(tenant, budget) == (D("0.1"), 0)


def test_ending_twice_changes_nothing_and_otherwise_is_refused(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1")
    one = held(tenant, "0.4")
    for _ in range(2):
        metering.settle(tenant.org_id, one, D("0.1"))
    assert balance(tenant, budget) == (D("0.1"), 0)
    with pytest.raises(metering.HoldClosed):
        metering.settle(tenant.org_id, one, D("0.2"))
    with pytest.raises(metering.HoldClosed):
        metering.release(tenant.org_id, one)
    with pytest.raises(metering.HoldAbsent):
        metering.settle(tenant.org_id, uuid4(), D("0.2"))


def test_the_same_reservation_twice_is_one(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1")
    name = uuid4()
    for _ in range(2):
        metering.reserve(cause(tenant), D("0.4"), id=name)
    assert balance(tenant, budget) == (0, D("0.4"))
    with pytest.raises(metering.HoldClosed):
        metering.reserve(cause(tenant, microstep="m1.s1.ms1"), D("0.4"), id=name)


def test_every_level_counts_and_the_tightest_refuses(tenant: Tenant) -> None:
    person = tenant.person.id
    levels = {
        "organization": budget_row(tenant, "10", scope="organization", project_id=None),
        "project": budget_row(tenant, "5"),
        "milestone": budget_row(tenant, "4", scope="milestone", subject="m1"),
        "step": budget_row(tenant, "3", scope="step", subject="m1.s1"),
        "microstep": budget_row(tenant, "1", scope="microstep", subject="m1.s1.ms1"),
        "pr": budget_row(tenant, "2", scope="pr", subject="o/r#1"),
        "person": budget_row(tenant, "2", scope="person", subject=str(person)),
    }
    where = {"milestone": "m1", "step": "m1.s1", "microstep": "m1.s1.ms1", "pr": "o/r#1"}
    held(tenant, "0.6", person_id=person, **where)
    assert {balance(tenant, one) for one in levels.values()} == {(D(0), D("0.6"))}
    with pytest.raises(metering.BudgetExceeded) as refused:
        held(tenant, "0.6", person_id=person, **where)
    told = refused.value.extensions
    assert told["budget"] == str(levels["microstep"])
    assert (told["level"], told["cap"], told["reserved"]) == ("microstep", "1.000000", "0.600000")
    assert told["who_can_raise"] == ["Ada"]
    held(tenant, "0.6")  # not of this microstep
    assert balance(tenant, levels["project"]) == (0, D("1.2"))
    assert balance(tenant, levels["microstep"]) == (0, D("0.6"))


def test_a_model_without_a_price_under_a_hard_cap(tenant: Tenant) -> None:
    held(tenant, None)
    soft = budget_row(tenant, "1", hard=False)
    name = held(tenant, None)
    metering.settle(tenant.org_id, name, None)
    assert balance(tenant, soft) == (0, 0)
    hard = budget_row(tenant, "100", scope="organization", project_id=None)
    with pytest.raises(metering.Unpriced) as refused:
        held(tenant, None)
    assert (refused.value.status, refused.value.code) == (402, "unpriced_model")
    assert refused.value.extensions["budget"] == str(hard)


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity", "1e30", "1000000001", "-1e-30"])
def test_amounts_that_are_none(tenant: Tenant, amount: str) -> None:
    budget = budget_row(tenant, "1")
    with pytest.raises(Invalid):
        held(tenant, amount)
    name = held(tenant, "0.5")
    with pytest.raises(Invalid):
        metering.settle(tenant.org_id, name, D(amount))
    assert balance(tenant, budget) == (0, D("0.5"))


def test_a_tiny_amount_is_held_as_at_least_that(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1")
    held(tenant, "0.00000000001")
    assert balance(tenant, budget) == (0, D("0.0000000001"))


def test_never_settled_is_spent_and_a_late_word_corrects(
    commits: None, owner_sql: psycopg.Connection
) -> None:
    tenant = make_tenant()
    budget = budget_row(tenant, "1")
    one = held(tenant, "0.6")
    assert not expire_hold(tenant.org_id, one)  # its time is not up
    overdue(tenant, one, owner_sql)
    assert expire_hold(tenant.org_id, one)
    assert not expire_hold(tenant.org_id, one)
    assert balance(tenant, budget) == (D("0.6"), 0)
    with pytest.raises(metering.BudgetExceeded):
        held(tenant, "0.6")
    with pytest.raises(metering.HoldClosed):
        metering.renew_lease(tenant.org_id, one)
    metering.settle(tenant.org_id, one, D("0.2"))
    assert balance(tenant, budget) == (D("0.2"), 0)


def test_two_hundred_calls_at_once_never_pass_the_cap(
    commits: None, web_sql: psycopg.Connection
) -> None:
    tenant = make_tenant()
    budget = budget_row(tenant, "1")
    budget_row(tenant, "5", scope="organization", project_id=None)
    barrier = threading.Barrier(20)

    def call(number: int) -> str:
        if number < 20:
            barrier.wait()
        try:
            name = held(tenant, "0.01")
            metering.settle(tenant.org_id, name, D("0.0099")) if number % 2 else None
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(20) as crowd:
        found = list(crowd.map(call, range(200)))
    spent, reserved = balance(tenant, budget)
    assert set(found) == {"ok", "budget_exceeded"}
    assert spent + reserved <= 1
    assert spent + reserved > D("0.98")
    assert found.count("ok") >= 100
    assert kinds(tenant, "budget.blocked") in ([], ["budget.blocked:None"])


def test_budgets_in_every_order_do_not_deadlock(commits: None) -> None:
    tenant = make_tenant()
    people = [uuid4() for _ in range(3)]
    for one in people:
        budget_row(tenant, "100", scope="person", subject=str(one))
        budget_row(tenant, "100", scope="person", subject=str(one), period="day")
    budget_row(tenant, "100")
    budget_row(tenant, "100", period="day")

    def call(number: int) -> None:
        try:
            who = {"person_id": people[number % 3], "key_id": people[(number + 1) % 3]}
            metering.settle(tenant.org_id, held(tenant, "0.01", **who), D("0.01"))
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(call, range(120)))
    with tenant_scope(tenant.org_id):
        ids = list(Budget.objects.values_list("id", flat=True))
    project = [balance(tenant, one)[0] for one in ids]
    assert sorted(project) == [D("0.4")] * 6 + [D("1.2")] * 2


def test_alerts_are_told_once_a_period_each(commits: None) -> None:
    tenant = make_tenant()
    budget_row(tenant, "1", hard=False, alert_threshold=D("0.5"))

    def call(_: int) -> None:
        try:
            metering.settle(tenant.org_id, held(tenant, "0.02"), D("0.02"))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(call, range(60)))
    assert kinds(tenant, "budget.alert") == [
        "budget.alert:0.5000",
        "budget.alert:0.9",
        "budget.alert:1.0",
    ]


def test_the_first_refusal_is_on_the_record(tenant: Tenant) -> None:
    budget_row(tenant, "0.5")
    for _ in range(3):
        with pytest.raises(metering.BudgetExceeded):
            held(tenant, "0.6")
    assert kinds(tenant, "budget.blocked") == ["budget.blocked:None"]


def test_a_lease_takes_a_share_of_what_is_left(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1")
    first = metering.take_lease(cause(tenant), D("0.8"), id=uuid4())
    assert first.amount == D("0.25")
    second = metering.take_lease(cause(tenant), D("0.8"), id=uuid4(), least=D("0.7"))
    assert second.amount == D("0.7")
    with pytest.raises(metering.BudgetExceeded):
        metering.take_lease(cause(tenant), D("0.8"), id=uuid4(), least=D("0.06"))
    longer = metering.renew_lease(tenant.org_id, first.id, ttl=3600)
    assert longer.expires_at > first.expires_at
    metering.settle_lease(tenant.org_id, first.id, D("0.01"))
    assert balance(tenant, budget) == (D("0.01"), D("0.7"))


def test_a_lease_without_a_hard_cap_is_whole(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1", hard=False)
    assert metering.take_lease(cause(tenant), D(5), id=uuid4()).amount == 5
    assert balance(tenant, budget) == (0, 5)


def test_ending_a_budget_in_mid_flight(tenant: Tenant) -> None:
    budget = budget_row(tenant, "1")
    name = held(tenant, "0.6")
    with tenant_scope(tenant.org_id):
        Budget.objects.filter(id=budget).update(ended_at=Hold.objects.get(id=name).created_at)
    again = budget_row(tenant, "1")
    metering.settle(tenant.org_id, name, D("0.5"))
    assert balance(tenant, budget) == (D("0.5"), 0)
    assert balance(tenant, again) == (D("0.5"), 0)  # a new one does not forget what ran


def test_another_tenants_hold_cannot_be_ended(tenant: Tenant, stranger: Tenant) -> None:
    budget = budget_row(tenant, "1")
    name = held(tenant, "0.6")
    with pytest.raises(metering.HoldAbsent):
        metering.release(stranger.org_id, name)
    theirs = replace(cause(stranger), project_id=tenant.project_id)
    with pytest.raises(Exception, match="foreign key"), tenant_scope(stranger.org_id):
        metering.reserve(theirs, D("0.1"), id=uuid4())
    assert balance(tenant, budget) == (0, D("0.6"))


def test_the_database_judges_as_the_rules_do(tenant: Tenant) -> None:
    cases = [("1", "0.3", None), ("0", "0.1", None), ("1", "2", "0.1"), ("1", "2", "1.5")]
    for number, (cap, wanted, least) in enumerate(cases):
        subject = f"m{number}"
        budget = budget_row(tenant, cap, scope="milestone", subject=subject)
        line = rules.Line(budget, D(cap), True, D(0), D(0))
        said = rules.judge([line], D(wanted), least=D(least) if least else None)
        about = cause(tenant, milestone=subject)
        try:
            if least:
                got = metering.take_lease(about, D(wanted), id=uuid4(), least=D(least)).amount
            else:
                got = metering.reserve(about, D(wanted), id=uuid4()).amount
        except metering.BudgetExceeded:
            got = None
        assert got == said.granted


def test_usage_that_is_reported_counts_in_budgets(tenant: Tenant) -> None:
    project = budget_row(tenant, "1", hard=False)
    microstep = budget_row(tenant, "1", scope="microstep", subject="m1.s1.ms1", period="day")
    total = budget_row(tenant, "1", scope="organization", project_id=None, period="total")
    one = make_usage(tenant, microstep="m1.s1.ms1")
    paid = make_usage(tenant, reserved=True)
    (told, _) = metering.record_usage(tenant.actor, tenant.org_id, [one, paid])
    metering.record_usage(tenant.actor, tenant.org_id, [one])  # a duplicate
    assert told.cost
    for budget in (project, microstep, total):
        assert balance(tenant, budget, NOON) == (told.cost, 0)
