"""The Workbench in a browser: by keyboard, live, and a change of scope from words to revision."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.plan_page import breaches
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_work_by_keyboard_and_news_of_others(server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Bench").id
        plan = checkout_plan()
        for milestone in plan["milestones"]:
            for step in milestone["steps"]:
                for one in step["microsteps"]:
                    one["status"] = "todo"
        client.plans.put(project, plan)
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/workbench")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        expect(page.get_by_text("Nothing is claimed")).to_be_visible()
        assert breaches(page) == []

        page.keyboard.press("j")
        first = page.locator("#bench [data-nav]").first
        expect(first).to_be_focused()
        name = (first.locator(".id").text_content() or "").strip()
        page.keyboard.press("s")
        expect(page.locator(f'[data-item="{name}"]')).to_contain_text("Doing")
        expect(page.locator(".item-facts")).to_contain_text("Yours")

        page.keyboard.press("d")
        refused = page.get_by_role("alert").filter(has_text="is not done yet")
        expect(refused).to_contain_text("br qa")
        assert breaches(page) == []

        page.goto(f"{server.url}/projects/{project}/workbench")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        client.claims.release(project, name)
        expect(page.get_by_text("no claim holds it").or_(page.get_by_text("Nothing is claimed"))).to_be_visible()  # fmt: skip


def test_the_budget_of_a_context_pack(server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Packs").id
        client.plans.put(project, checkout_plan())
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/workbench/context/m1.s1.ms1?budget=200")
        expect(page.locator("#pack")).to_contain_text("left out")
        page.get_by_label("Budget").fill("4000")
        expect(page.locator("#pack")).to_contain_text("Nothing was left out")
        assert "budget=4000" in page.url
        assert breaches(page) == []


def test_a_change_of_scope_is_asked_shown_and_applied(server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Scope").id
        plan = checkout_plan()
        client.plans.put(project, plan)
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/workbench/rescope")
        page.get_by_label("What shall change?").fill("make it smaller")
        page.get_by_role("button", name="Propose", exact=True).click()
        expect(page.get_by_role("heading", name="What is meant?")).to_be_visible()
        assert breaches(page) == []
        page.get_by_label("What shall change?").fill("set priority of m2.s1.ms2 to high")
        page.get_by_role("button", name="Propose", exact=True).click()
        expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
        assert breaches(page) == []
        page.get_by_role("button", name="Apply as one revision").click()
        expect(page.get_by_text("where it can be undone")).to_be_visible()
        assert client.plans.get(project).revision == 2
        assert next(iter(client.rescopes.list(project))).state == "applied"
