"""Charts in a real browser: drawn under the strict policy, in the theme, with their numbers."""

import pytest
from playwright.sync_api import Page, expect

from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_a_chart_is_drawn_without_eval_or_inline_style(server: Product, owner_page: Page) -> None:
    page, troubles = owner_page, []
    page.on(
        "console",
        lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{server.url}/design")
    figure = page.locator("#g-chart-sample")
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_attribute("data-drawn", "", timeout=20_000)
    expect(figure.locator("canvas")).to_be_visible()
    figure.locator("summary").click()
    expect(figure.locator("tbody tr")).to_have_count(16)
    box = figure.locator("canvas").bounding_box()
    assert box is not None
    assert box["width"] > 200
    page.mouse.move(box["x"] + box["width"] / 8 * 0.35, box["y"] + box["height"] - 40)
    page.emulate_media(color_scheme="dark")
    expect(figure.locator("canvas")).to_have_count(1)
    assert troubles == []
