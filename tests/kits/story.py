"""The main job end to end: two clones and a browser change one plan, and all end on the same."""

import shutil
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Page, expect

from buildrunner.client import Client
from buildrunner.spec.document import document_hash, index
from kits.clone import Clone

PLANS = Path(__file__).parents[1] / "data" / "plans"
ALONE = "m1.s1.ms1"
CONTESTED = "m1.s1.ms2"
IN_BROWSER = "m1.s1.ms3"


class Server(Protocol):
    """Where the story is told."""

    url: str
    api_key: str


def tell(folder: Path, server: Server, page: Page, name: str) -> None:
    """The story with the real plan `name`; `page` belongs to the owner's browser."""
    # Two clones; the first brings a real plan.
    one = Clone(folder / "one", server=server.url, api_key=server.api_key)
    one.br("init")
    shutil.copy(PLANS / name, one.plan_path)
    assert one.br("lint")
    with Client(server.url, server.api_key) as client:
        project = client.projects.create(f"Story of {name}").id
        one.br("link", project)
        one.br("sync")
        two = Clone(folder / "two", server=server.url, api_key=server.api_key)
        two.br("init")
        two.br("link", project)
        two.br("sync", "--pull")
        assert document_hash(one.plan) == document_hash(two.plan)

        page.goto(f"{server.url}/projects/{project}/plan")
        expect(row(page, ALONE)).to_be_visible()

        # A change in a terminal moves in the browser, without a reload.
        one.br("start", ALONE)
        one.br("plan", "edit", CONTESTED, "--title", "As clone one has it")
        two.br("plan", "edit", CONTESTED, "--title", "As clone two has it")
        one.br("sync")
        expect(row(page, ALONE)).to_have_attribute("data-status", "doing")
        expect(row(page, CONTESTED)).to_contain_text("As clone one has it")

        # The browser edits in between.
        title = row(page, IN_BROWSER).locator("a.title")
        title.focus()
        page.keyboard.press("e")
        page.keyboard.press("Control+a")
        page.keyboard.type("As the browser has it")
        with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
            page.keyboard.press("Enter")
        assert saved.value.ok
        expect(row(page, IN_BROWSER)).to_contain_text("As the browser has it")

        # Clone two meets a conflict in one field, and loses nothing.
        refused = two.br("sync", exit_code=5)
        assert [c["field"] for c in refused["conflicts"]] == ["title"]
        assert index(two.plan)[CONTESTED].value["title"] == "As clone two has it"
        two.br("reconcile", CONTESTED, "--ours")
        one.br("sync")

        stored = client.plans.get(project)
        assert document_hash(one.plan) == document_hash(two.plan) == stored.document_hash
        for plan in (one.plan, two.plan, stored.document):
            found = index(plan)
            assert found[ALONE].value["status"] == "doing"
            assert found[CONTESTED].value["title"] == "As clone two has it"
            assert found[IN_BROWSER].value["title"] == "As the browser has it"
        expect(row(page, CONTESTED)).to_contain_text("As clone two has it")
        assert shown_plan(page) == shown_titles(stored.document)


def row(page: Page, identifier: str) -> Any:
    return page.locator(f'li.row[data-id="{identifier}"]')


def shown_plan(page: Page) -> dict[str, list[str]]:
    """id → [title, status] of every microstep that the page shows, folded ones included."""
    unfold = page.get_by_role("button", name="Unfold all")
    if unfold.count():
        unfold.click()
    found: dict[str, list[str]] = page.eval_on_selector_all(
        "li.row[data-kind=microstep]",
        """rows => Object.fromEntries(rows.map(row => [row.dataset.id,
            [row.querySelector("[data-title]").textContent, row.dataset.status]]))""",
    )
    return found


def shown_titles(plan: dict[str, Any]) -> dict[str, list[str]]:
    return {
        identifier: [entity.value["title"], entity.value["status"]]
        for identifier, entity in index(plan).items()
        if entity.kind == "microstep"
    }
