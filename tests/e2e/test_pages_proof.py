"""The Tests page follows what is reported; the Plan page tells in place what may not be done yet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from buildrunner.evidence.checks import checks_of
from kits.plan_page import PlanPage
from kits.product import Product
from kits.proofs import checkout_plan, prove_checkout, record_of

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_evidence_comes_in_and_done_is_refused_where_it_stands(
    server: Product, owner_page: Page
) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Proof").id
        client.plans.put(project, checkout_plan())
        prove_checkout(client, project, checkout_plan())
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/tests")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        row = page.locator(".proof-item", has_text="m2.s1.ms2")
        expect(row.locator(".proof-head .badge")).to_have_text("Unproven")
        plan = client.plans.get(project).document
        check = checks_of(plan, "m2.s1.ms2")[0]
        client.evidence.upload(project, [record_of(plan, "m2.s1.ms2", 0, check, datetime.now(UTC))])
        expect(row.locator(".proof-head .badge")).to_have_text("Proven")
        page.keyboard.press("j")
        expect(page.locator(".proof-item [data-nav]").first).to_be_focused()

        shown = PlanPage(page, client, server.url, project).open()
        shown.focus("m1.s1.ms3")
        page.keyboard.press("s")
        page.get_by_role("menuitemradio", name="Done").click()
        box = shown.row("m1.s1.ms3").get_by_role("alert")
        expect(box).to_contain_text("br qa run m1.s1.ms3")
        expect(shown.row("m1.s1.ms3")).to_have_attribute("data-status", "doing")
        box.get_by_role("button", name="Dismiss").click()
        expect(box).to_have_count(0)
        expect(shown.row("m1.s1.ms1").get_by_title("Proven")).to_have_count(1)
        expect(shown.row("m1.s1.ms2").get_by_title("Stale")).to_have_count(1)
        assert shown.troubles == []
