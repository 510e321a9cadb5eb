"""Templates in a browser: found, tried on, chosen, applied, undone; and open to everybody."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from buildrunner.client import Client
from kits.plan_page import breaches
from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PHASE8 = Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json"
PICTURES = os.environ.get("BR_PICTURES")


@pytest.fixture(scope="module")
def places(server: Product) -> dict[str, str]:
    """A project with the real plan, the organization with a blueprint of its own."""
    pack = {
        "format": "buildrunner.blueprint/1",
        "name": "environment",
        "version": "1.0.0",
        "title": "Setup Environment & Repo",
        "summary": "<script>document.title = 'broken'</script> " + "Unbreakable" * 12,
        "tags": ["setup"],
        "plan": {
            "milestones": [
                {
                    "id": "m1",
                    "title": "Setup Environment & Repo",
                    "steps": [
                        {
                            "id": "m1.s1",
                            "title": "Begin",
                            "microsteps": [
                                {"id": "m1.s1.ms1", "title": "One", "criteria": ["It stands"]}
                            ],
                        }
                    ],
                }
            ]
        },
    }
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Templates").id
        client.plans.put(project, json.loads(PHASE8.read_text()))
        org = client.me().organizations[0].id
        made = client.blueprints.publish(org, document=json.dumps(pack), visibility="organization")
        auth = next(one.id for one in client.blueprints.list(project) if one.name == "auth")
    home = f"/projects/{project}/templates"
    return {"home": home, "org": f"/orgs/{org}/blueprints", "own": made.id, "auth": auth}


@pytest.fixture(params=["light", "dark"])
def page(
    request: pytest.FixtureRequest, browser: Browser, signed_in: Path, server: Product
) -> Iterator[Page]:
    """The owner's browser in one scheme; no script and no policy was broken."""
    context = browser.new_context(
        storage_state=signed_in, color_scheme=request.param, base_url=server.url
    )
    made = context.new_page()
    troubles: list[str] = []

    def hear(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    made.on("console", hear)
    yield made
    context.close()
    assert troubles == []


def test_every_page_is_for_everybody(page: Page, places: dict[str, str]) -> None:
    home = places["home"]
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for name, address in {
        "gallery": home,
        "blueprint": f"{home}/{places['auth']}",
        "use": f"{home}/use?pick={places['auth']}",
        "conflict": f"{home}/use?pick={places['own']}",
        "import": f"{home}/import",
        "publish": f"{home}/publish",
        "publisher": places["org"],
        "none": f"{home}?search=nothing+fits",
    }.items():
        page.goto(address)
        assert page.title() != "broken"
        for width in (1440, 390, 360):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} scrolls sideways at {width}"
            if width == 1440 or (width == 360 and not dark):
                found = breaches(page, ["color-contrast"] if dark else None)
                assert found == [], f"{name} at {width}"
            if PICTURES and width != 360:
                shade = "dark" if dark else "light"
                page.screenshot(path=f"{PICTURES}/{name}-{width}-{shade}.png", full_page=True)


def test_a_choice_then_apply_then_undo(page: Page, places: dict[str, str]) -> None:
    home = places["home"]
    page.goto(f"{home}?search=setup")
    page.get_by_role("link", name="Try it: Setup Environment & Repo").click()
    page.get_by_role("button", name="Apply to plan").click()
    expect(page.get_by_text("Nothing was written.")).to_be_visible()
    page.get_by_label("Have both").check()
    page.get_by_role("button", name="Update preview").click()
    expect(page.get_by_label("Have both")).to_be_checked()
    expect(page.get_by_role("list", name="Changes")).to_contain_text("Setup Environment")
    page.get_by_role("button", name="Apply to plan").click()
    page.wait_for_url("**/plan")
    page.goto(home)
    row = page.get_by_role("row").filter(has_text="Setup Environment & Repo").first
    revision = row.get_by_role("link")
    number = revision.inner_text()
    page.goto(home.replace("templates", f"history/{number}"))
    page.get_by_role("button", name="Undo").first.click()
    page.goto(home)
    expect(page.get_by_text("In the plan, 1.0.0")).to_have_count(0)
