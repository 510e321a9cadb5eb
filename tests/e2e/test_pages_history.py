"""The history in a browser: live, by keyboard, word by word, back and forth."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.plan_page import PlanPage, breaches, restate, retitle
from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PHASE8 = Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json"
ROW = "m1.s1.ms3"


@pytest.fixture
def plan(server: Product, owner_page: Page) -> Iterator[PlanPage]:
    """A plan of four revisions; at the end no script has failed."""
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("History").id
        client.plans.put(project, json.loads(PHASE8.read_text()))
        made = PlanPage(owner_page, client, server.url, project)
        made.elsewhere(restate("m1.s1.ms1", "blocked"))
        made.elsewhere(retitle(ROW, "Install the runtime and all dependencies"))
        made.elsewhere({"op": "remove", "id": "m1.s1.ms8"}, put("owner", "Tom"))
        yield made
    assert made.troubles == []


def put(field: str, value: Any) -> dict[str, Any]:
    return {"op": "set", "id": ROW, "field": field, "value": value}


def history(plan: PlanPage, path: str = "") -> Page:
    plan.page.goto(plan.address.removesuffix("/plan") + "/history" + path)
    return plan.page


def test_from_the_plan_to_a_revision_by_keyboard(plan: PlanPage) -> None:
    plan.open()
    page = plan.page
    page.locator("a.revision").click()
    expect(page.get_by_role("heading", name="History", level=1)).to_be_visible()
    expect(page.locator(".revision-line")).to_have_count(4)
    plan.press("j", "j", "k", "j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Revision 3", level=1)).to_be_visible()
    expect(page.locator(".difference ins").first).to_have_text("the ")
    plan.press("k")
    expect(page.get_by_role("heading", name="Revision 4", level=1)).to_be_visible()
    expect(page.locator(".difference")).to_have_count(2)
    plan.press("j")
    expect(page.get_by_role("heading", name="Revision 3", level=1)).to_be_visible()
    plan.press("j")
    expect(page.get_by_role("heading", name="Revision 2", level=1)).to_be_visible()
    page.get_by_label("Compared with revision").fill("4")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("From revision 4 to 2.")).to_be_visible()
    page.get_by_role("link", name="Install runtime and dev dependencies").click()
    expect(page.locator("#drawer .drawer-head .id")).to_have_text(ROW)


def test_new_revisions_come_in_at_the_top(plan: PlanPage) -> None:
    page = history(plan)
    lines = page.locator(".revision-line")
    expect(page.locator(".revisions")).to_have_attribute("data-state", "open")
    page.evaluate("globalThis.same = true")
    lines.nth(1).locator("a").focus()
    plan.elsewhere(restate("m1.s1.ms2", "doing"))
    expect(lines).to_have_count(5)
    expect(lines.first).to_contain_text("Status of m1.s1.ms2 → Doing")
    expect(page.locator("[data-head]")).to_have_text("r5")
    expect(page.locator("#announce")).to_contain_text("wrote revision 5")
    plan.elsewhere(restate("m1.s1.ms2", "todo"))
    expect(lines).to_have_count(6)
    assert page.evaluate("globalThis.same && document.activeElement.textContent.includes('Title')")


def test_a_restore_asks_again_when_somebody_wrote_meanwhile(plan: PlanPage) -> None:
    page = history(plan, "/2")
    page.get_by_role("link", name="Restore this plan").click()
    expect(page.get_by_role("heading", name="Bring back the plan of revision 2?")).to_be_visible()
    expect(page.locator(".revision-line")).to_have_count(2)
    assert breaches(page) == []
    plan.elsewhere(put("owner", "Somebody in a hurry"))
    page.get_by_role("button", name="Restore revision 2").click()
    expect(page.get_by_text("Nothing was restored.")).to_be_visible()
    expect(page.locator(".revision-line").first).to_contain_text("Somebody in a hurry")
    page.get_by_role("button", name="Restore revision 2").click()
    expect(page.get_by_role("heading", name="Revision 6", level=1)).to_be_visible()
    assert plan.stored(ROW)["title"] == "Install runtime and dev dependencies"
    assert "owner" not in plan.stored(ROW)
    # And back again.
    page.get_by_role("button", name="Undo this revision").click()
    expect(page.get_by_text("The revision is undone")).to_be_visible()
    assert plan.stored(ROW)["owner"] == "Somebody in a hurry"


def test_one_revision_alone_is_undone_and_downloaded(plan: PlanPage) -> None:
    page = history(plan, "/3")
    page.get_by_role("button", name="Undo this revision").click()
    expect(page.get_by_role("heading", name="Revision 5", level=1)).to_be_visible()
    assert plan.stored(ROW)["title"] == "Install runtime and dev dependencies"
    assert plan.stored(ROW)["owner"] == "Tom"
    page = history(plan, "/1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "plan-r1.json"
    assert json.loads(Path(download.value.path()).read_text()) == json.loads(PHASE8.read_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_history_is_for_everybody(plan: PlanPage, scheme: Any) -> None:
    page = plan.page
    page.emulate_media(color_scheme=scheme)
    for path in ("", "/1", "/3", "/4", "/4?from=1", "/2/restore", f"?of={ROW}", "?of=nobody"):
        history(plan, path)
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert breaches(page) == [], path
