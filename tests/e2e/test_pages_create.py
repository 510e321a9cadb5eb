"""Create in a browser: drafted, looked through, questions answered, items taken; for everybody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from buildrunner.client import Client
from kits.plan_page import breaches
from kits.product import Product
from kits.program import Br, clean_environment

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PLANS = Path(__file__).parents[1] / "data" / "plans"
PROMPT = (
    "Customers can pay with Stripe. Search must be fast. Send a receipt by email.\n"
    "<script>document.title = 'broken'</script> must add " + "Unbreakable" * 12
)


@pytest.fixture(scope="module")
def places(server: Product) -> dict[str, str]:
    """Projects with the real plan and with none; an open draft in the first."""
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Create").id
        client.plans.put(project, json.loads((PLANS / "buildrunner-phase4.json").read_text()))
        empty = client.projects.create("Nothing yet").id
        draft = client.drafts.start(project, "prompt", PROMPT)
    home = f"/projects/{project}/create"
    return {
        "project": project,
        "home": home,
        "draft": f"{home}/{draft.id}",
        "empty": f"/projects/{empty}/create",
    }


@pytest.fixture(params=["light", "dark"])
def page(
    request: pytest.FixtureRequest, browser: Browser, signed_in: Path, server: Product
) -> Iterator[Page]:
    """The owner's browser in one scheme; no script and no policy was broken."""
    context = browser.new_context(
        storage_state=signed_in, color_scheme=request.param, base_url=server.url
    )
    made = context.new_page()
    troubles: list[str] = []

    def hear(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    made.on("console", hear)
    made.on("pageerror", lambda error: troubles.append(str(error)))
    yield made
    context.close()
    assert troubles == []


def test_every_page_is_for_everybody(page: Page, places: dict[str, str]) -> None:
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for name in ("home", "draft", "empty"):
        page.goto(places[name])
        assert page.title() != "broken"
        for width in (1440, 390, 360):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} scrolls sideways at {width}"
            if width == 1440 or (width == 360 and not dark):
                found = breaches(page, ["color-contrast"] if dark else None)
                assert found == [], f"{name} at {width}"


def test_from_a_prompt_to_the_plan_by_keyboard(page: Page, server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("By keyboard").id
    page.goto(f"/projects/{project}/create")
    page.get_by_label("What is to be built").fill(
        "Build a ticket shop where visitors can pay by card. It must be fast."
    )
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/create/*-*")
    add = page.get_by_role("button", name="to the plan")
    before = add.inner_text()
    page.get_by_label("“fast”").fill("Under 1 s for 50 people")
    page.get_by_role("button", name="Answer and draft anew").click()
    expect(page.get_by_text("Under 1 s for 50 people").first).to_be_visible()
    expect(add).to_have_text(before)
    page.get_by_role("button", name="None").click()
    expect(add).to_be_disabled()
    page.get_by_role("checkbox", name="Refund a payment").focus()
    page.keyboard.press("x")
    expect(add).to_have_text("Add 3 items to the plan")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(add).to_have_text("Add 4 items to the plan")
    add.press("Enter")
    expect(page.get_by_text("Added to the plan.")).to_be_visible()
    page.get_by_role("link", name="Open the plan").click()
    expect(page.get_by_text("Refund a payment").first).to_be_visible()


def test_a_file_and_a_refusal(page: Page, places: dict[str, str], tmp_path: Path) -> None:
    page.goto(places["home"])
    page.get_by_label("Or a file").set_input_files(
        {"name": "what.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
    )
    page.get_by_role("button", name="Draft a plan").click()
    expect(page.get_by_text("what.png is no text file")).to_be_visible()
    page.get_by_text("PRD or notes in Markdown").click()
    page.get_by_label("Or a file").set_input_files(
        {"name": "prd.md", "mimeType": "text/markdown", "buffer": b"# Kiosk\n\n## Tickets\n\n- Print a ticket\n"}
    )  # fmt: skip
    page.get_by_role("button", name="Draft a plan").click()
    page.wait_for_url("**/create/*-*")
    expect(page.get_by_role("heading", name="Kiosk")).to_be_visible()
    page.get_by_role("link", name="line 5").first.click()
    assert page.url.endswith("#L5")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("The draft is discarded")).to_be_visible()
    expect(page.get_by_text("Discarded").first).to_be_visible()


def test_a_plan_that_moved_is_drafted_anew(
    page: Page, places: dict[str, str], server: Product
) -> None:
    with Client(server.url, server.api_key) as client:
        text = f"Add a page of stalls {page.evaluate('Date.now()')}"
        draft = client.drafts.start(places["project"], "prompt", text)
        page.goto(f"{places['home']}/{draft.id}")
        stored = client.plans.get(places["project"]).document
        stored["title"] = f"{stored['title']} again"
        client.plans.put(places["project"], stored, etag=client.plans.get(places["project"]).etag)
    page.get_by_role("button", name="to the plan").click()
    expect(page.get_by_text("The plan changed meanwhile")).to_be_visible()
    page.get_by_role("button", name="to the plan").click()
    expect(page.get_by_text("Added to the plan.")).to_be_visible()


def test_what_a_repository_yields_is_sent_for_review(
    page: Page, places: dict[str, str], server: Product, tmp_path: Path
) -> None:
    home, work = tmp_path / "home", tmp_path / "parcels"
    home.mkdir()
    (work / "src").mkdir(parents=True)
    (work / "src" / "scan.py").write_text("# TODO: close the scanner after a minute\n")
    key = {"BR_SERVER": server.url, "BR_API_KEY": server.api_key}
    br = Br(work, clean_environment(home) | key)
    br.ok("init")
    br.ok("link", places["project"], "--server", server.url)
    sent = br.ok("create", "--repo", "--send")
    page.goto(sent["url"])
    expect(page.get_by_text("Close the scanner after a minute").first).to_be_visible()
    expect(page.get_by_text("src/scan.py:1").first).to_be_visible()


def test_what_others_do_to_drafts_is_shown(
    page: Page, server: Product, places: dict[str, str]
) -> None:
    page.goto(places["home"])
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
    with Client(server.url, server.api_key) as client:
        made = client.drafts.start(places["project"], "prompt", "Guests can print a ticket.")
        row = page.locator(f"#drafts a[href='{places['home']}/{made.id}']")
        expect(row).to_be_visible()
        row.click()
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        box = page.locator("[data-pick]").last
        box.uncheck()
        client.drafts.discard(places["project"], made.id)
    expect(page.locator("#elsewhere")).to_contain_text("discarded this draft")
    expect(box).not_to_be_checked()
    page.get_by_role("link", name="Show it as it is now").click()
    expect(page.locator(".review-facts")).to_contain_text("Discarded")
