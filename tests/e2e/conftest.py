"""One running product and one signed-in browser for the tests that walk through all of it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from kits.product import Product


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, started once a run."""
    running = Product(tmp_path_factory.mktemp("product") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of this machine, quiet: it looks up nothing by itself."""
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    found = os.environ.get("BR_TEST_CHROMIUM") or shutil.which("chromium")
    return browser_type_launch_args | {
        "args": [*quiet, "--disable-sync", "--no-first-run", *alone],
        "executable_path": found,
    }


@pytest.fixture(scope="session")
def signed_in(browser: Browser, server: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of a browser that used the one-time link `br up` printed."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.sign_in_url)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects**")
    stored = tmp_path_factory.mktemp("browser") / "state.json"
    context.storage_state(path=stored)
    context.close()
    return stored


@pytest.fixture
def owner_page(browser: Browser, signed_in: Path) -> Iterator[Page]:
    """A page of the owner's browser."""
    context = browser.new_context(storage_state=signed_in)
    yield context.new_page()
    context.close()
