"""The Timeline page in a real browser: picture, badges, cells, news, exports, keys, axe."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.plan_page import breaches
from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PHASE8 = Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json"


@pytest.fixture(scope="module")
def client(server: Product) -> Iterator[Client]:
    """Of the owner."""
    with Client(server.url, server.api_key) as client:
        yield client


@pytest.fixture
def project(client: Client) -> str:
    """A project with a plan and a claim."""
    project = client.projects.create("Runner").id
    client.plans.put(project, json.loads(PHASE8.read_text()))
    client.claims.take(project, "m1.s1.ms2", holder="claude")
    return project


def test_the_timeline_in_a_browser(
    server: Product, owner_page: Page, client: Client, project: str
) -> None:
    page, troubles = owner_page, []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    base = f"{server.url}/projects/{project}/timeline"
    page.goto(base)
    expect(page.locator("figure[data-drawn] canvas")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")

    # Who reads on is not disturbed; the news comes in by itself.
    before = page.locator(".event").count()
    client.claims.take(project, "m1.s1.ms3", holder="claude")
    expect(page.locator(".event")).to_have_count(before + 1)
    expect(page.locator("#announce")).to_contain_text("took")

    # A cell leads to its events, and a badge to the rows that it counts.
    cell = page.locator("a.cell").last
    label = cell.get_attribute("aria-label") or ""
    counted = int(label.rsplit(" ", 2)[1])
    cell.click()
    expect(page).to_have_url(re.compile("at="))
    expect(page.locator(".event")).to_have_count(counted)
    page.get_by_role("link", name="take this filter away").first.click()

    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("link", name="SVG picture").first.click()
    assert Path(download.value.path()).read_text().startswith("<svg")

    page.goto(base)
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
    page.keyboard.press("h")
    expect(page).to_have_url(re.compile("to="))
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
    page.keyboard.press("l")
    expect(page).not_to_have_url(re.compile("to="))
    badge = page.locator(".milestone-badge p a").first
    total = int((badge.get_attribute("aria-label") or "").rsplit(" ", 1)[1])
    badge.click()
    expect(page).to_have_url(re.compile("/plan\\?milestone=m1"))
    expect(page.locator('[data-kind="microstep"]')).to_have_count(total)
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_everybody_can_use_it(
    server: Product, owner_page: Page, project: str, scheme: str, width: int
) -> None:
    page = owner_page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    for query in ("", "?lanes=agent&zoom=week", "?zoom=quarter&to=2020-01-01"):
        page.goto(f"{server.url}/projects/{project}/timeline{query}")
        expect(page.locator("figure[data-drawn]")).to_be_attached(timeout=30_000)
        assert breaches(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
