"""The README's tour, pasted: the lines `br up` prints, then the commands that need a server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from buildrunner.server.operations import words
from kits.clone import BR, Clone
from kits.product import Product

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
from console import ROOT, Command, commands, pages, pattern

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def typed(page: Path) -> list[Command]:
    return [command for command in commands(page) if command.server]


def test_the_tour_works_when_pasted(
    tmp_path: Path, server: Product, owner_page: Page, capfd: pytest.CaptureFixture[str]
) -> None:
    tour = Clone(tmp_path / "tour")
    tour.environment["PATH"] = f"{Path(sys.executable).parent}:{tour.environment['PATH']}"
    tour.br("init")
    words.ready(
        words.Words(as_json=False),
        url=server.url,
        link=server.sign_in_url,
        api_key=server.api_key,
        project_id=server.project_id,
        data_dir=server.data_dir,
    )
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("    br ")]
    assert [line.split()[1] for line in lines] == ["login", "link", "sync"]
    for line in lines:
        subprocess.run(["bash", "-ec", line], cwd=tour.root, env=tour.environment, check=True)
    owner_page.goto(f"{server.url}/projects/{server.project_id}/plan")
    row = owner_page.locator('li.row[data-id="m4.s1.ms1"]')
    expect(row).to_be_attached()
    steps = typed(ROOT / "README.md")
    assert len(steps) == 4
    for step in steps:
        type_in(tour, step)
    expect(row).to_have_attribute("data-status", "doing")


def type_in(clone: Clone, step: Command) -> None:
    """Type one command of a page and compare what is shown."""
    done = subprocess.run(
        ["bash", "-c", step.text],
        cwd=clone.root,
        env=clone.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == step.exit_code, (step.text, said)
    assert pattern("\n".join(step.shown)).search(" ".join(said.split())), (step.text, said)


GUIDES = [page for page in pages() if page.name != "README.md" and typed(page)]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_what_a_guide_types_at_a_server_works(tmp_path: Path, server: Product, page: Path) -> None:
    clone = Clone(tmp_path / "clone", server=server.url, api_key=server.api_key)
    clone.environment["PATH"] = f"{Path(sys.executable).parent}:{clone.environment['PATH']}"
    clone.environment["PROJECT_ID"] = server.project_id
    clone.br("init")
    for step in typed(page):
        type_in(clone, step)


def test_a_terminal_signs_in_through_the_browser(
    tmp_path: Path, server: Product, owner_page: Page
) -> None:
    """`br login` prints an address and a code; approving them there ends it with a key."""
    clone = Clone(tmp_path / "clone")
    login = subprocess.Popen(
        [*BR, "login", "--server", server.url, "--no-browser"],
        cwd=clone.root,
        env=clone.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert login.stderr is not None
    address = re.search(r"http\S+", login.stderr.readline())
    assert address
    code = login.stderr.readline().split()[-1]
    owner_page.goto(address[0])
    expect(owner_page.get_by_text(code).first).to_be_visible()
    owner_page.get_by_role("button", name=re.compile("approve|allow|sign in", re.I)).click()
    login.communicate(timeout=60)
    assert login.returncode == 0
    stored = tmp_path / ".home-clone" / "config" / "buildrunner" / "credentials.json"
    assert stored.stat().st_mode & 0o777 == 0o600
    clone.environment["BR_SERVER"] = server.url
    who = clone.br("whoami")
    assert who["key"]["scopes"]
    clone.br("logout", "--server", server.url)
    assert clone.br("whoami", exit_code=4)["error"]["code"] == "not_signed_in"
