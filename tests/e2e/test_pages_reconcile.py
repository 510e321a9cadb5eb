"""The page Reconcile in a browser: decide by keyboard, follow what clones report, axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.drifted import CLONE, ONE, TWO, conflicts, findings, make_drift
from kits.plan_page import breaches
from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_conflicts_are_decided_by_mouse_and_keyboard(server: Product, owner_page: Page) -> None:
    page = owner_page
    with Client(server.url, server.api_key) as client:
        project = make_drift(client)
        page.goto(f"{server.url}/projects/{project}/reconcile")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        expect(page.get_by_text("conflicts to decide")).to_be_visible()
        assert breaches(page) == []

        page.keyboard.press("j")
        first = page.locator(".conflict").first
        expect(first.locator("[data-nav]")).to_be_focused()
        page.keyboard.press("o")
        expect(
            page.get_by_role("status").filter(has_text=f"{ONE} title is decided")
        ).to_be_visible()
        assert client.plans.get(project).revision == 2
        settled = page.locator(".conflict", has_text=ONE)
        expect(settled.locator(".badge")).to_have_text("Ours stands")

        card = page.locator(".conflict", has_text=TWO)
        card.get_by_role("button", name="Keep both").click()
        expect(card.locator(".badge")).to_have_text("Both stand")

        settled.locator("[data-nav]").focus()
        page.keyboard.press("t")
        page.get_by_text("Decide otherwise").first.click()
        assert client.plans.get(project).revision == 3, "a letter does not overturn a decision"

        owner = page.locator(".conflict", has=page.get_by_text("owner", exact=True))
        owner.get_by_text("Another value").click()
        owner.get_by_label("Value").fill("grace")
        owner.get_by_role("button", name="Take this value").click()
        expect(owner.locator(".badge")).to_have_text("Another value stands")
        assert client.plans.get(project).revision == 4
        assert breaches(page) == []


def test_what_a_clone_reports_comes_in_and_filters_stay_in_the_address(
    server: Product, owner_page: Page
) -> None:
    page = owner_page
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Live").id
        client.plans.put(project, {"projectId": "p", "title": "P", "version": "1.0.0",
                                   "updatedAt": "2026-01-01T00:00:00Z", "milestones": []})  # fmt: skip
        page.goto(f"{server.url}/projects/{project}/reconcile")
        expect(page.get_by_role("heading", name="No clone has reported yet")).to_be_visible()
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        assert breaches(page) == []
        client.drift.report(project, CLONE, label="ines@harbour", findings=findings())
        expect(page.get_by_role("heading", name="Changed without a microstep")).to_be_visible()
        page.get_by_role("link", name="Unplanned files 12").click()
        page.wait_for_url("**/reconcile?kind=file_unplanned")
        expect(page.get_by_role("heading", name="Names a microstep")).to_have_count(0)
        page.get_by_label("Seen by").select_option("server")
        page.wait_for_url("**/reconcile?kind=file_unplanned&clone=server")
        expect(page.get_by_text("Nothing fits. Show all")).to_be_visible()
        with page.expect_download() as download:
            page.goto(f"{server.url}/projects/{project}/reconcile?clone={CLONE}")
            page.get_by_role("link", name="CSV export").click()
        assert download.value.suggested_filename == "reconcile.csv"
        client.drift.report(project, CLONE, findings=[], conflicts=conflicts()[:0])
        page.goto(f"{server.url}/projects/{project}/reconcile")
        expect(
            page.get_by_role("heading", name="Plan, proof, claims and clones agree")
        ).to_be_visible()
