"""The pages of models: figures lead to their routes, settings are saved, strangers see nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.models import Route
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, add_person, make_tenant, small_plan


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def ada(own: Tenant) -> Client:
    return browser(own.person)


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def shown(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return unescape(answer.content.decode())


def report(own: Tenant, *, success: bool = True, priced: bool = True, note: str = "") -> str:
    route, _ = ai.route_task(own.actor, own.project_id, "explain", microstep_id="m1.s1.ms1")
    ai.report_outcome(
        own.actor,
        own.project_id,
        route.id,
        success=success,
        quality=Decimal("8.5"),
        latency_ms=1500,
        tokens=metering.Tokens(input=900, output=100) if priced else None,
        note=note,
    )
    return route.model


def test_nothing_yet_says_what_to_do(own: Tenant, ada: Client) -> None:
    page = shown(ada, f"/projects/{own.project_id}/models")
    assert "No outcome was reported" in page
    assert "br models recommend builder" in page
    assert "No routes with such an outcome" in shown(
        ada, f"/projects/{own.project_id}/models/routes"
    )


def test_every_number_leads_to_the_routes_it_counts(own: Tenant, ada: Client) -> None:
    model = report(own)
    report(own, success=False, priced=False, note="<b>it broke</b>")
    page = shown(ada, f"/projects/{own.project_id}/models")
    assert "no duels yet" in page
    assert "50 %" in page
    assert "too few outcomes" in page
    links = set(re.findall(r'href="(/projects/[^"]+/routes\?[^"]+)"', page))
    counted = {}
    for link in links:
        rows = ada.get(link).content.decode().count('class="route"')
        counted[re.sub(r".*outcome=", "", link) if "outcome" in link else "all"] = rows
    assert counted == {"all": 2, "failed": 1, "unpriced": 1}
    failed = ada.get(f"/projects/{own.project_id}/models/routes?outcome=failed&model={model}")
    told = failed.content.decode()
    assert "&lt;b&gt;it broke" in told
    assert "behind, most in" in told
    assert "more" in told


def test_a_filter_that_is_none_is_passed_over(own: Tenant, ada: Client) -> None:
    report(own)
    base = f"/projects/{own.project_id}/models"
    assert "All together" in shown(ada, f"{base}?task=poet&period=forever")
    assert "No outcome was reported" in shown(ada, f"{base}?task=qa")
    assert 'class="route"' in shown(ada, f"{base}/routes?before=nonsense&outcome=odd")


def test_old_routes_are_paged(own: Tenant, ada: Client) -> None:
    with tenant_scope(own.org_id):
        for number in range(31):
            Route.objects.create(
                org_id=own.org_id, project_id=own.project_id, task_type="qa", model="m-1",
                reason="r", actor={}, success=True, reported_at=datetime.now(UTC) - timedelta(number / 4),
            )  # fmt: skip
    base = f"/projects/{own.project_id}/models"
    first = shown(ada, f"{base}/routes?model=m-1")
    assert first.count('class="route"') == 30
    (older,) = re.findall(r'href="(\?[^"]*before=[^"]+)"', first)
    assert shown(ada, f"{base}/routes{older}").count('class="route"') == 1
    assert "Success by day" in shown(ada, base)


def test_settings_are_saved_and_refused_at_their_field(own: Tenant, ada: Client) -> None:
    base = f"/projects/{own.project_id}/models/settings"
    assert "The highest score" in shown(ada, base)
    form = {
        "task_type": "builder",
        "preferred_model": "gpt-3.5-turbo",
        "minimum_quality": "6,5",
        "max_cost_multiplier": "3",
        "dual_run_enabled": "1",
    }
    assert ada.post(base, form).status_code == 303
    with project_scope(own.actor, own.project_id, "plan.read") as access:
        (kept,) = [one for one in ai.list_settings(access) if one.task_type == "builder"]
    assert (kept.preferred_model, kept.minimum_quality, kept.dual_run_enabled) == (
        "gpt-3.5-turbo",
        Decimal("6.50"),
        True,
    )
    page = shown(ada, base)
    assert 'value="6.5"' in page
    for change, words in (
        ({"minimum_quality": "11"}, "from 0 to 10"),
        ({"minimum_quality": "NaN"}, "from 0 to 10"),
        ({"max_cost_multiplier": "0.5"}, "from 1 to 100"),
        ({"preferred_model": "nowhere-9"}, "no profile"),
        ({"task_type": "poet"}, "no type of task"),
    ):
        answer = ada.post(base, form | change)
        assert answer.status_code == 422
        assert words in unescape(answer.content.decode())


@pytest.mark.parametrize("place", ["", "/routes", "/settings"])
def test_strangers_see_nothing_and_viewers_change_nothing(own: Tenant, place: str) -> None:
    address = f"/projects/{own.project_id}/models{place}"
    stranger = browser(make_tenant(plan=small_plan()).person)
    assert stranger.get(address).status_code == 404
    viewer = browser(add_person(own, project_role="viewer"))
    assert viewer.get(address).status_code == 200
    if place == "/settings":
        assert stranger.post(address, {"task_type": "qa"}).status_code == 404
        form = {"task_type": "qa", "minimum_quality": "1", "max_cost_multiplier": "2"}
        assert viewer.post(address, form).status_code == 403
        assert "who manages models can change them" in viewer.get(address).content.decode()
