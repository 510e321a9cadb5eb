"""The dashboard's figures: equal to their rows and to the reports', narrowed, exported."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.rules.export import words
from buildrunner.server.domains.analytics.rules.periods import Period
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, make_tenant
from factories.anomalies import spend
from factories.budgets import budget_row
from factories.evidence import checked_plan, prove, vouch

TODAY = datetime.now(UTC).date()
ONE, TWO = "m1.s1.ms1", "m1.s1.ms2"


@pytest.fixture
def worked(db: None) -> Tenant:
    """Two of three microsteps became done, one with proof by checks; one was opened again."""
    tenant = make_tenant(plan=checked_plan(3))
    prove(tenant, ONE)
    vouch(tenant.actor, tenant.project_id, TWO)
    for name in (ONE, TWO):
        plans.set_status(tenant.actor, tenant.project_id, entity_id=name, status="done")
    plans.set_status(tenant.actor, tenant.project_id, entity_id=TWO, status="doing")
    spend(tenant, TODAY, 6.0, model="gpt-4o", provider="openai", **at(ONE))
    spend(tenant, TODAY - timedelta(days=1), 4.0, model="claude", provider="anthropic", **at(TWO))
    return tenant


def at(microstep: str) -> dict[str, Any]:
    return {"milestone": "m1", "step": "m1.s1", "microstep": microstep}


def read(tenant: Tenant, **asked: Any) -> analytics.Measures:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return analytics.measures(access, **asked)


def figures(found: analytics.Measures) -> dict[str, Decimal | None]:
    return {one.name: one.value for section in found.sections for one in section.figures}


def parts(found: analytics.Measures, name: str) -> dict[str, Decimal | None]:
    (one,) = (one for section in found.sections for one in section.breakdowns if one.name == name)
    return {part.key: part.value for part in one.parts}


def test_each_figure_is_that_of_its_rows(worked: Tenant) -> None:
    found = read(worked)
    told = figures(found)
    assert told["finished"] == 2
    assert told["per_week"] == Decimal("0.5")
    assert told["rework"] == 1
    assert told["rework_share"] == 50
    assert told["criteria"] == 100
    assert told["cost"] == 10
    assert told["accepted"] == 1
    assert told["cost_per_accepted"] == 10
    assert told["cost_per_finished"] == 5
    assert told["wasted"] == 4
    assert told["lead_median"] is not None
    assert sum(filter(None, parts(found, "finished_by_week").values())) == 2
    assert parts(found, "finished_by_phase") == {"m1": 2}
    assert parts(found, "finished_by_person") == {f"person:{worked.person.id}": 2}
    assert parts(found, "finished_by_agent") == {}
    assert parts(found, "cost_by_provider") == {"openai": 6, "anthropic": 4}
    assert parts(found, "cost_by_model") == {"gpt-4o": 6, "claude": 4}
    assert parts(found, "cost_by_phase") == {"m1": 10}
    assert sum(filter(None, parts(found, "cost_by_day").values())) == 10


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("0", "under a minute"),
        ("0.02", "1 minute"),
        ("0.75", "45 minutes"),
        ("1", "1 hour"),
        ("30.25", "30.2 hours"),
    ],
)
def test_less_than_an_hour_is_told_in_minutes(hours: str, said: str) -> None:
    assert words(Decimal(hours), "hours") == said


def test_they_are_the_reports_figures(worked: Tenant) -> None:
    from buildrunner.server.domains.analytics.queries.reporting import make_report

    first, until = TODAY - timedelta(days=6), TODAY + timedelta(days=1)
    about = Period("these days", first, until, first - timedelta(days=7))
    with tenant_scope(worked.org_id):
        report = make_report(worked.org_id, worked.project_id, "P", frequency="daily", period=about)
    said = {one.name: one.value for one in report.measures}
    told = figures(read(worked, first=first, last=TODAY))
    assert said["cost"] == f"{told['cost']:,.2f} USD"
    assert said["finished"] == f"{told['finished']}"
    assert said["quality"] == f"{told['pass_rate']:.1f} % of {told['checks']}"
    assert said["cost_per_microstep"] == f"{told['cost_per_finished']:,.2f} USD"


def test_a_person_and_a_phase_narrow_them(worked: Tenant) -> None:
    mine = figures(read(worked, who=f"person:{worked.person.id}"))
    assert mine["finished"] == 2
    nobody = figures(read(worked, who="agent:nobody"))
    assert (nobody["finished"], nobody["cost"], nobody["lead_median"]) == (0, 0, None)
    assert figures(read(worked, phase="m1"))["cost"] == 10
    elsewhere = figures(read(worked, phase="m9"))
    assert (elsewhere["finished"], elsewhere["cost"], elsewhere["checks"]) == (0, 0, 0)


def test_a_project_without_a_plan_has_empty_figures(tenant: Tenant) -> None:
    told = figures(read(tenant))
    assert told["finished"] == 0
    assert told["pass_rate"] is None
    assert told["cost_per_accepted"] is None


def test_a_period_ends_after_it_begins_and_is_not_endless(tenant: Tenant, api: Api) -> None:
    base = f"/api/analytics/measures?project_id={tenant.project_id}"
    for asked in (
        "from=2026-02-01&to=2026-01-01",
        "from=2020-01-01&to=2026-01-01",
        "to=0001-01-01",
    ):
        answer = api.get(f"{base}&{asked}")
        assert (answer.status_code, answer.json()["code"]) == (422, "period_invalid")
    assert api.get(f"{base}&from=2026-01-01&to=2026-01-01").status_code == 200


def test_budgets_tell_how_far_they_are_used(worked: Tenant) -> None:
    budget = budget_row(worked, "40", name="Models")
    told = parts(read(worked), "budget_used")
    assert list(told) == [str(getattr(budget, "id", budget))]


def test_the_export_has_the_same_numbers(worked: Tenant) -> None:
    api = Api(worked.key)
    base = f"/api/analytics/export?project_id={worked.project_id}"
    told = figures(read(worked))
    document = json.loads(api.get(f"{base}&format=json").content)
    by_json = {
        one["name"]: one["value"] for section in document["sections"] for one in section["figures"]
    }
    answer = api.get(f"{base}&format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    by_csv = {row["measure"]: row["value"] for row in rows if not row["by"]}
    for name, value in told.items():
        assert (None if by_json[name] is None else Decimal(by_json[name])) == value
        assert (Decimal(by_csv[name]) if by_csv[name] else None) == value
    pdf = api.get(f"{base}&format=pdf")
    assert (pdf["Content-Type"], pdf.content[:4]) == ("application/pdf", b"%PDF")


def test_no_name_is_a_formula_in_the_csv(worked: Tenant) -> None:
    spend(worked, TODAY, 1.0, model="=cmd|'/c calc'!A1")
    found = analytics.as_csv(read(worked))
    rows = list(csv.DictReader(io.StringIO(found)))
    titles = [row["title"] for row in rows if row["measure"] == "cost_by_model"]
    assert "'=cmd|'/c calc'!A1" in titles
    assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]


def test_strangers_are_told_nothing(worked: Tenant, stranger: Tenant) -> None:
    api = Api(stranger.key)
    for place in ("measures", "export"):
        answer = api.get(f"/api/analytics/{place}?project_id={worked.project_id}")
        assert answer.status_code == 404
    mine = read(stranger, last=date(2026, 11, 23))
    assert figures(mine)["cost"] == 0


def test_the_page_shows_them_with_definitions_and_rows(worked: Tenant, client: Client) -> None:
    client.force_login(worked.person)
    base = f"/projects/{worked.project_id}/analytics"
    page = client.get(base).content.decode()
    found = read(worked)
    for section in found.sections:
        for one in section.figures:
            assert escape(one.definition) in page
            assert escape(one.rows) in page
            assert client.get(one.rows).status_code == 200, one.rows
        for many in section.breakdowns:
            for part in many.parts[:1]:
                assert client.get(part.rows.partition("#")[0]).status_code == 200, part.rows
    assert "10.00 USD" in page
    narrowed = client.get(f"{base}?phase=m1&who=agent:nobody&from=2026-01-01&to=2026-02-01")
    assert "Nothing happened in this period" in narrowed.content.decode()
    assert "is no day" in client.get(f"{base}?from=soon").content.decode()


def test_the_usage_page_shows_the_rows_of_the_period(worked: Tenant, client: Client) -> None:
    client.force_login(worked.person)
    yesterday = TODAY - timedelta(days=1)
    base = f"/projects/{worked.project_id}/usage?by=provider&from={yesterday}&to={yesterday}"
    page = client.get(f"{base}&of=anthropic").content.decode()
    assert "claude" in page
    assert "gpt-4o" not in page.partition('id="rows"')[2].partition("</table>")[0]
    assert "4.00" in page
