"""The bell, its fly-out, the inbox and the choices in a browser, live; and `br inbox` beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from buildrunner.client import Client
from kits.clone import Clone
from kits.product import Product
from kits.proofs import checkout_plan, prove_checkout

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def fail_a_check(client: Client, title: str) -> str:
    """A project in which a check of what the owner holds fails: a notice of high priority."""
    plan = checkout_plan()
    project = client.projects.create(title).id
    client.plans.put(project, plan)
    client.claims.take(project, "m1.s1.ms3", holder="agent@laptop")
    prove_checkout(client, project, plan)
    return project


def test_the_bell_rings_and_what_is_opened_is_read(
    server: Product, owner_page: Page, tmp_path: Path
) -> None:
    page = owner_page
    with Client(server.url, server.api_key) as client:
        client.notifications.mark()
        page.goto(f"{server.url}/projects")
        bell = page.locator("[data-bell]")
        count = page.locator("[data-bell-count]")
        expect(bell).to_have_attribute("aria-label", "Notifications")
        expect(count).to_be_hidden()

        fail_a_check(client, "Shop")
        expect(count).to_have_text("1", timeout=20_000)  # without a reload
        expect(bell).to_have_attribute("aria-label", "Notifications, 1 unread")
        bell.focus()
        page.keyboard.press("Enter")
        flyout = page.get_by_role("dialog", name="Notifications")
        expect(flyout).to_be_visible()
        link = flyout.get_by_role("link", name=re.compile("checks? failed"))
        expect(flyout.get_by_text("High", exact=True).first).to_be_visible()
        page.keyboard.press("Escape")
        expect(flyout).to_be_hidden()
        expect(bell).to_be_focused()

        clone = Clone(tmp_path / "clone", server=server.url, api_key=server.api_key)
        shown = clone.br("inbox", "--server", server.url)
        assert [one["kind"] for one in shown["notifications"]] == ["check.failed"]
        assert "failed" in clone.run("inbox", "--server", server.url).stdout

        bell.click()
        link.click()
        page.wait_for_url("**/tests**")
        expect(page.locator("[data-bell-count]")).to_be_hidden()
        assert client.notifications.unread().unread == 0
        page.goto(f"{server.url}/notifications?show=unread")
        expect(page.get_by_role("heading", name="All read")).to_be_visible()


def test_choices_are_kept(server: Product, owner_page: Page) -> None:
    page = owner_page
    page.goto(f"{server.url}/account/notifications")
    box = page.get_by_label("You lose a claim: email")
    expect(box).to_be_checked()
    box.uncheck()
    page.get_by_label("Keep quiet hours").check()
    page.get_by_label("From", exact=True).fill("21:30")
    page.get_by_label("Your time zone").fill("Europe/Rome")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choices are saved.")).to_be_visible()
    expect(page.get_by_label("You lose a claim: email")).not_to_be_checked()
    with Client(server.url, server.api_key) as client:
        kept = client.notifications.preferences()
        assert kept.quiet_hours is not None
        assert (kept.quiet_hours.begin, kept.time_zone) == ("21:30", "Europe/Rome")
        client.notifications.change_preferences(
            quiet_hours=None, choices={"claim.lost": {"email": True}}
        )
