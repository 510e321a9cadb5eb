"""The main job end to end: two clones and a browser change one plan, and all end on the same."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from buildrunner.spec.document import index
from kits import story
from kits.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.mark.parametrize("name", ["buildrunner-phase4.json", "buildrunner-phase8.json"])
def test_two_clones_and_a_browser_end_on_one_plan(
    tmp_path: Path, server: Product, owner_page: Page, name: str
) -> None:
    story.tell(tmp_path, server, owner_page, name)


def test_what_the_readme_calls_real_plans_are_real() -> None:
    for name, count in (("buildrunner-phase4.json", 33), ("buildrunner-phase8.json", 66)):
        plan = json.loads((story.PLANS / name).read_text())
        assert len([e for e in index(plan).values() if e.kind == "microstep"]) == count
