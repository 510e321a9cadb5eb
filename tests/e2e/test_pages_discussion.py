"""The Discussion page: say, answer, promote; what others say comes in, what one types stays."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_talk_becomes_a_microstep(server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Talk").id
        client.plans.put(project, checkout_plan())
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/discussion?type=microstep&id=m1.s1.ms2")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        words = page.get_by_label("Say something about m1.s1.ms2")
        words.fill("Who checks **dates**? <b>me</b>")
        expect(page.locator("#preview strong")).to_have_text("dates")
        page.get_by_role("button", name="Comment", exact=True).click()
        said = page.locator(".comment .prose")
        expect(said).to_have_text("Who checks dates? <b>me</b>")
        expect(page.locator(".comment-head .id")).to_have_text("m1.s1.ms2")

        first = next(iter(client.comments.list(project)))
        began = time.monotonic()
        client.comments.create(project, "An agent does", parent_id=first.id)
        expect(page.locator(".answer .prose")).to_have_text("An agent does")
        print(f"\na comment of somebody else is seen after {time.monotonic() - began:.2f} s")

        page.get_by_text("Answer", exact=True).first.click()
        box = page.get_by_label("Answer")
        box.fill("half a thought")
        client.comments.create(project, "More news", parent_id=first.id)
        client.comments.react(first.id, "👀")
        expect(page.locator(".reaction")).to_have_count(0)
        expect(box).to_have_value("half a thought")
        box.fill("")
        page.get_by_label("Search").focus()
        expect(page.locator(".reaction")).to_have_count(1, timeout=15_000)
        expect(page.locator(".answer")).to_have_count(2)

        page.get_by_role("button", name="Resolve").click()
        expect(page.locator(".thread.resolved")).to_have_count(1)
        page.locator(".comment-head a.muted").first.click()
        page.get_by_label("Step", exact=True).select_option("m1.s1")
        page.get_by_label("Title", exact=True).fill("Check dates")
        page.get_by_label("Acceptance criteria").fill("A past date is refused\nToday is taken")
        page.get_by_role("button", name="Add to the plan").click()
        page.wait_for_url("**/plan/items/m1.s1.ms*")
        made = page.url.rpartition("/")[2]
        expect(page.locator("body")).to_contain_text("Check dates")
        page.goto(f"{server.url}/projects/{project}/discussion")
        expect(page.locator(".comment-head").first).to_contain_text(f"became {made}")
