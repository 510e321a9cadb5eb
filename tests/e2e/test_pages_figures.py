"""Analytics and Usage in a real browser: their numbers follow what happens, and nothing typed is lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
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
    """A project with a plan."""
    project = client.projects.create("Figures").id
    client.plans.put(project, json.loads(PHASE8.read_text()))
    return project


def use(server: Product, project: str, tokens: int) -> None:
    event = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "//test",
        "type": "tokens",
        "data": {"project_id": project, "quantity": tokens, "model_name": "gpt-4o"},
    }
    headers = {"Authorization": f"Bearer {server.api_key}"}
    httpx.post(f"{server.url}/api/usage/events", headers=headers, json=event).raise_for_status()


def test_the_dashboard_follows_what_happens(
    server: Product, owner_page: Page, project: str
) -> None:
    page, troubles = owner_page, []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    use(server, project, 1_000_000)
    page.goto(f"{server.url}/projects/{project}/analytics")
    cost = page.get_by_role("link", name="2.50 USD").first
    expect(cost).to_be_visible()
    table = page.locator("details.chart-table").first
    table.locator("summary").click()
    table.locator("summary").focus()
    use(server, project, 1_000_000)
    expect(page.get_by_role("link", name="5.00 USD").first).to_be_visible(timeout=15_000)
    expect(page.locator("details.chart-table").first).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.matches('details.chart-table summary')")
    assert troubles == []


def test_a_mark_of_a_chart_says_its_number_and_opens_the_rows_behind_it(
    server: Product, owner_page: Page, project: str
) -> None:
    page, troubles = owner_page, []
    page.on(
        "console",
        lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None,
    )
    use(server, project, 1_000_000)
    for path, chart, across, down, opened in (
        ("analytics", "cost-by-model", 0.6, 0.2, "/usage?by=model"),
        ("analytics", "cost-by-day", 0.975, 0.7, "/analytics/rows?of=cost"),
        ("usage", "usage-history", 0.985, 0.7, "/usage?from="),
    ):
        page.goto(f"{server.url}/projects/{project}/{path}")
        figure = page.locator(f"figure#{chart}")
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_attribute("data-drawn", "", timeout=20_000)
        expect(page.locator("figure[data-chart]:not([data-drawn])")).to_have_count(0)
        box = figure.locator("canvas").bounding_box()
        assert box is not None
        spot = (box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        page.mouse.move(*spot)
        expect(page.locator("#vg-tooltip-element.visible")).to_contain_text("2.50 USD")
        with page.expect_navigation():
            page.mouse.click(*spot)
        assert opened in page.url
        expect(page.get_by_text("2.50").first).to_be_visible()
    assert troubles == []


def test_what_a_mark_said_goes_with_its_chart(
    server: Product, owner_page: Page, project: str
) -> None:
    page = owner_page
    use(server, project, 1_000_000)
    page.goto(f"{server.url}/projects/{project}/analytics")
    expect(page.locator("figure[data-chart]:not([data-drawn])")).to_have_count(0, timeout=20_000)
    page.locator("#cost-by-model canvas").hover(position={"x": 300, "y": 12})
    expect(page.locator("#vg-tooltip-element.visible")).to_contain_text("2.50 USD")
    use(server, project, 1_000_000)
    expect(page.get_by_role("link", name="5.00 USD").first).to_be_visible(timeout=15_000)
    told = page.locator("#vg-tooltip-element.visible")
    expect(told.filter(has_text="2.50 USD")).to_have_count(0)


def test_the_usage_page_follows_and_keeps_what_is_typed(
    server: Product, owner_page: Page, project: str
) -> None:
    page = owner_page
    page.goto(f"{server.url}/projects/{project}/usage")
    total = page.locator(".usage-total")
    expect(total).to_contain_text("0.00")
    use(server, project, 1_000_000)
    expect(total).to_contain_text("2.50", timeout=15_000)
    page.get_by_label("USD", exact=True).fill("250")
    page.locator("#consumption").click()
    use(server, project, 1_000_000)
    with page.expect_response(lambda answer: "mark=1" in answer.url):
        pass
    with page.expect_response(lambda answer: "mark=1" in answer.url):
        pass
    expect(page.get_by_label("USD", exact=True)).to_have_value("250")
    expect(total).to_contain_text("2.50")
    page.get_by_label("USD", exact=True).fill("")
    page.locator("#consumption").click()
    expect(total).to_contain_text("5.00", timeout=15_000)
