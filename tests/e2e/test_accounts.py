"""Accounts as people meet them: `br up` without a mail server, a browser with a passkey."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kits.plan_page import breaches
from kits.product import Product
from kits.totp import code

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own: everybody may sign up, and limits are used up by these tests alone."""
    running = Product(tmp_path_factory.mktemp("accounts") / "data", BR_SIGN_UP="open")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def staff(browser: Browser, open_server: Product) -> Iterator[Page]:
    """Whoever ran `br up`, signed in by the link."""
    context = browser.new_context(base_url=open_server.url)
    page = context.new_page()
    page.goto(open_server.sign_in_url)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects**")
    yield page
    context.close()


@pytest.fixture
def context(browser: Browser, open_server: Product) -> Iterator[BrowserContext]:
    """A browser of somebody else; nothing in it broke the content security policy."""
    made = browser.new_context(base_url=open_server.url)
    troubles: list[str] = []

    def hear(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    made.on("console", hear)
    made.on("weberror", lambda error: troubles.append(str(error.error)))
    yield made
    made.close()
    assert troubles == []


def follow_mail(staff: Page, page: Page, subject: str, to: str) -> None:
    """Open the link of a mail that the outbox shows."""
    letter = staff.get_by_role("article", name=subject).filter(has_text=to).first
    for _ in range(50):
        staff.goto("/outbox")
        if letter.count():
            break
        time.sleep(0.1)  # the worker is another process and tells the page nothing
    page.goto(str(letter.get_by_role("link").first.get_attribute("href")))


def sign_up(page: Page, staff: Page, email: str) -> None:
    """An account from nothing, confirmed by the mail in the outbox; the browser is signed in."""
    page.goto("/sign-in")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    follow_mail(staff, page, "Confirm your address", email)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/projects**")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Grace Hopper", exact=True).click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in")


def fine(page: Page) -> None:
    """Accessible, and not wider than a small phone."""
    assert breaches(page) == [], page.url
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def with_passkeys(page: Page) -> None:
    """Chromium's virtual authenticator: a device that knows its person."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def test_an_account_from_sign_up_to_a_new_password(
    staff: Page, context: BrowserContext, browser: Browser, open_server: Product
) -> None:
    page = context.new_page()
    sign_up(page, staff, "grace@example.test")
    sign_out(page)
    page.get_by_role("link", name="Forgotten your password?").click()
    fine(page)
    page.get_by_label("Email").fill("grace@example.test")
    page.get_by_role("button", name="Send the link").click()
    fine(page)
    follow_mail(staff, page, "Choose a new password", "grace@example.test")
    fine(page)
    page.get_by_label("New password").fill("another long secret")
    page.get_by_label("Once more").fill("another long secret")
    page.get_by_role("button", name="Set the password").click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    page.get_by_label("Email").fill("grace@example.test")
    page.get_by_label("Password").fill("another long secret")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/projects**")


def test_a_passkey_opens_the_account_alone(staff: Page, context: BrowserContext) -> None:
    page = context.new_page()
    with_passkeys(page)
    sign_up(page, staff, "hopper@example.test")
    page.goto("/account/security")
    fine(page)
    page.get_by_role("link", name="Add a passkey").click()
    fine(page)
    confirm(page)
    fine(page)
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/account/security/codes")
    assert len(page.get_by_role("listitem").filter(has_text=re.compile(r"^\d{8}$")).all()) == 10
    fine(page)
    page.goto("/account/security")
    expect(page.get_by_role("cell", name="laptop", exact=True)).to_be_visible()
    fine(page)
    page.get_by_role("link", name="Rename laptop").click()
    fine(page)
    page.get_by_label("Name").fill("the old laptop")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("cell", name="the old laptop", exact=True)).to_be_visible()

    sign_out(page)
    page.goto("/sign-in?next=/account/sessions")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r"^[^?]*/account/sessions$"))
    fine(page)

    # After the password it is asked for too: the account has a second factor now.
    sign_out(page)
    page.get_by_label("Email").fill("hopper@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/sign-in/second-factor")
    fine(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/projects**")

    page.goto("/account/security")
    page.get_by_role("link", name="Remove the old laptop").click()
    confirm(page)
    fine(page)
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("No passkeys yet.")).to_be_visible()


def test_an_authenticator_app_and_its_recovery_codes(
    staff: Page, context: BrowserContext, tmp_path: Path
) -> None:
    page = context.new_page()
    sign_up(page, staff, "murray@example.test")
    page.goto("/account/security")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    fine(page)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("[data-copy-source]").inner_text().strip()
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.get_by_role("button", name="Turn on").click()
    page.wait_for_url("**/account/security/codes")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    codes = Path(download.value.path()).read_text().split()
    assert len(codes) == 10
    sign_out(page)
    for shown, opens in ((codes[0], True), (codes[0], False), (code(secret, 1), True)):
        page.goto("/sign-in")
        page.get_by_label("Email").fill("murray@example.test")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("Code").fill(shown)
        page.get_by_role("button", name="Continue").click()
        if opens:
            page.wait_for_url("**/projects**")
            sign_out(page)
        else:
            expect(page.get_by_text("This is not right.")).to_be_visible()
            fine(page)
            page.get_by_role("button", name="Begin again").click()


def test_a_revoked_session_loses_its_event_stream(
    staff: Page, context: BrowserContext, browser: Browser, open_server: Product
) -> None:
    page = context.new_page()
    sign_up(page, staff, "lamarr@example.test")
    page.goto("/account/sessions")
    other = browser.new_context(base_url=open_server.url)
    try:
        there = other.new_page()
        there.goto("/sign-in")
        there.get_by_label("Email").fill("lamarr@example.test")
        there.get_by_label("Password").fill(PASSWORD)
        there.get_by_role("button", name="Sign in", exact=True).click()
        there.wait_for_url("**/projects**")
        there.evaluate(
            """() => {
              const stream = new EventSource("/api/events/stream");
              window.began = new Promise((done) => { stream.onopen = () => done(true); });
              window.ended = new Promise((done) => { stream.onerror = () => done(true); });
            }"""
        )
        assert there.evaluate("window.began")
        page.reload()
        page.get_by_role("button", name="Sign out all others").click()
        expect(page.get_by_text("1 other browser is signed out.")).to_be_visible()
        assert there.evaluate("window.ended")
        there.goto("/projects")
        there.wait_for_url("**/sign-in**")
    finally:
        other.close()
