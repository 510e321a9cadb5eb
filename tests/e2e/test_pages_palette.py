"""The command palette in a browser."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.plan_page import PlanPage, breaches
from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PHASE8 = Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json"


@pytest.fixture
def plan(server: Product, owner_page: Page) -> Iterator[PlanPage]:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Palette <b>of</b> harbours").id
        client.plans.put(project, json.loads(PHASE8.read_text()))
        made = PlanPage(owner_page, client, server.url, project).open()
        yield made
        assert made.troubles == []


def test_find_a_microstep_by_its_id_and_go_there(plan: PlanPage) -> None:
    page = plan.page
    plan.press("Control+k")
    field = page.get_by_role("combobox", name="Find a page")
    expect(field).to_be_focused()
    field.fill("m2.s1.ms1")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("m2.s1.ms1")
    expect(field).to_have_attribute("aria-activedescendant", "palette-0")
    assert breaches(page, within="#palette") == []
    plan.press("Enter")
    page.wait_for_url("**/plan/items/m2.s1.ms1")


def test_change_the_status_of_the_row_in_focus(plan: PlanPage) -> None:
    row = plan.row("m1.s1.ms1")
    plan.focus("m1.s1.ms1")
    before = row.get_attribute("data-status")
    wanted = "blocked" if before != "blocked" else "doing"
    plan.press("Control+k")
    plan.page.get_by_role("combobox").fill(f"status {wanted}")
    plan.press("Enter")
    expect(row).to_have_attribute("data-status", wanted)
    expect(plan.page.locator(".toast")).to_contain_text(wanted)
    assert plan.focused() == "m1.s1.ms1"
    held = plan.client.plans.get(plan.project).document
    assert held["milestones"][0]["steps"][0]["microsteps"][0]["status"] == wanted


def test_words_of_a_title_are_words(plan: PlanPage) -> None:
    plan.press("Control+k")
    plan.page.get_by_role("combobox").fill("palette harbours")
    expect(plan.page.get_by_role("option").first).to_have_text("Palette <b>of</b> harbours")
    plan.page.get_by_role("combobox").fill("zzzz nothing")
    expect(plan.page.get_by_text("Nothing fits.")).to_be_visible()
    plan.press("Escape")
    expect(plan.page.get_by_role("dialog", name="Find or do")).to_be_hidden()
