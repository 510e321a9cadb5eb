"""Somebody else in the owner's organization, as people get there: an invitation and an account."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page

PASSWORD = "correct horse battery staple"


def mailed(owner: Page, subject: str) -> str:
    """The link of the newest mail with this subject, from the outbox."""
    letter = owner.get_by_role("article", name=subject).first
    for _ in range(100):
        owner.goto("/outbox")
        if letter.count():
            break
        time.sleep(0.1)  # the worker is another process and tells the page nothing
    return str(letter.get_by_role("link").first.get_attribute("href"))


def join(owner: Page, guest: Page, name: str, email: str, *, role: str = "admin") -> None:
    """Let the person at `guest` become a member of the organization of the person at `owner`."""
    owner.goto("/projects")
    owner.get_by_role("link", name="Settings").click()
    owner.get_by_role("link", name="Members").click()
    owner.get_by_label("Email").fill(email)
    owner.get_by_label("Role in the organization").select_option(role)
    owner.get_by_role("button", name="Send invitation").click()
    owner.get_by_text(f"{email} is invited").wait_for()
    invitation = mailed(owner, "Owner invites you to Demo")
    guest.goto(invitation)
    guest.get_by_role("link", name="Create an account").click()
    guest.get_by_label("Name").fill(name)
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Sign up").click()
    guest.get_by_role("heading", name="Check your mail").wait_for()
    guest.goto(mailed(owner, "Confirm your address"))
    guest.get_by_role("button", name="Confirm").click()
    guest.wait_for_url(re.compile("/(projects|sign-in|invitations)"))
    guest.goto(invitation)
    guest.get_by_role("button", name="Accept and join").click()
    guest.get_by_text("You are now a member of").wait_for()
