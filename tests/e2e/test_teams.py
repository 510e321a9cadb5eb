"""A team as its people meet it: an invitation by mail, an account, and what the organization demands."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from kits.product import Product
from kits.totp import code

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PASSWORD = "correct horse battery staple"
GRACE = "grace@example.test"
CHOOSE_AT_ONCE = """([label, choice]) => {
  const watch = new MutationObserver(() => {
    const select = document.querySelector(`select[aria-label="${label}"]`);
    if (!select) return;
    watch.disconnect();
    select.value = choice;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  watch.observe(document.body, { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own, on which only the invited may sign up."""
    running = Product(tmp_path_factory.mktemp("teams") / "data")
    yield running
    running.stop()


@pytest.fixture
def owner(browser: Browser, closed_server: Product) -> Iterator[Page]:
    """Whoever ran `br up`, signed in by the link: without a second factor."""
    context = browser.new_context(base_url=closed_server.url)
    page = context.new_page()
    page.goto(closed_server.sign_in_url)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects**")
    yield page
    context.close()


@pytest.fixture
def grace(browser: Browser, closed_server: Product) -> Iterator[Page]:
    """Somebody without an account."""
    context = browser.new_context(base_url=closed_server.url)
    yield context.new_page()
    context.close()


def mailed(owner: Page, subject: str) -> str:
    """The link of the newest mail with this subject, from the outbox."""
    letter = owner.get_by_role("article", name=subject).first
    for _ in range(100):
        owner.goto("/outbox")
        if letter.count():
            break
        time.sleep(0.1)  # the worker is another process and tells the page nothing
    return str(letter.get_by_role("link").first.get_attribute("href"))


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill(GRACE)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_from_an_invitation_to_a_second_factor_for_everybody(owner: Page, grace: Page) -> None:
    owner.goto("/projects")
    owner.get_by_role("link", name="Settings").click()
    owner.get_by_role("link", name="Members").click()
    members = owner.url
    owner.get_by_label("Email").fill(GRACE)
    owner.get_by_label("Role in the organization").select_option("admin")
    owner.get_by_role("button", name="Send invitation").click()
    expect(owner.get_by_text(f"{GRACE} is invited")).to_be_visible()

    invitation = mailed(owner, "Owner invites you to Demo")
    grace.goto(invitation)
    grace.get_by_role("link", name="Create an account").click()
    expect(grace.get_by_label("Email")).to_have_value(GRACE)
    grace.get_by_label("Name").fill("Grace Hopper")
    grace.get_by_label("Password").fill(PASSWORD)
    grace.get_by_role("button", name="Sign up").click()
    expect(grace.get_by_role("heading", name="Check your mail")).to_be_visible()
    grace.goto(mailed(owner, "Confirm your address"))
    grace.get_by_role("button", name="Confirm").click()
    grace.wait_for_url(re.compile("/(projects|sign-in|invitations)"))
    grace.goto(invitation)
    grace.get_by_role("button", name="Accept and join").click()
    expect(grace.get_by_text("You are now a member of Demo")).to_be_visible()

    owner.goto(members)
    role = owner.get_by_label("Role of Grace Hopper")
    role.focus()
    role.select_option("member")
    expect(owner.get_by_text("The role is changed")).to_be_visible()
    expect(role).to_be_focused()
    # A choice made in the moment in which the answer is drawn counts as well.
    owner.evaluate(CHOOSE_AT_ONCE, ["Role of Grace Hopper", "admin"])
    with owner.expect_response(lambda answer: "admin" in (answer.request.post_data or "")):
        role.select_option("member")

    # Nobody demands of others what he has not himself.
    general = members.replace("/members", "/settings")
    grace.goto(general)
    grace.get_by_label("A second factor is required").check()
    grace.get_by_role("button", name="Save security").click()
    expect(grace.get_by_role("alert")).to_contain_text("lock yourself out")
    grace.goto("/account/security")
    grace.get_by_role("link", name="Set up an app").click()
    grace.get_by_label("Password").fill(PASSWORD)
    grace.get_by_role("button", name="Continue").click()
    secret = grace.locator("[data-copy-source]").inner_text().strip()
    grace.get_by_label("Code that the app shows").fill(code(secret))
    grace.get_by_role("button", name="Turn on").click()
    grace.wait_for_url("**/account/security/codes")
    grace.context.clear_cookies()
    grace.goto(f"/sign-in?next={general}")
    sign_in(grace)
    grace.wait_for_url("**/sign-in/second-factor**")
    grace.get_by_label("Code").fill(code(secret, 1))
    grace.get_by_role("button", name="Continue").click()
    grace.goto(general)
    grace.get_by_label("A second factor is required").check()
    grace.get_by_role("button", name="Save security").click()
    expect(grace.get_by_text("The security settings are saved")).to_be_visible()

    # It holds from the next request, for the owner too.
    owner.goto(members)
    expect(owner.get_by_text("second_factor_required")).to_be_visible()
    expect(owner.get_by_text("/account/security")).to_be_visible()
    owner.goto("/projects")
    expect(owner.get_by_role("heading", name="Start with a project")).to_be_visible()
    grace.goto(members)
    grace.get_by_role("link", name="Leave").click()
    grace.get_by_role("button", name="Leave").click()
    expect(grace.get_by_text("You have left Demo")).to_be_visible()
