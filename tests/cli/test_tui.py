"""The plan on a terminal: keys, what they change, what they are refused, what others change."""

import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from buildrunner.cli.tui.app import PlanApp
from buildrunner.cli.tui.asking import Refused
from buildrunner.cli.tui.tree import PlanTree
from kits.program import Br
from kits.screens import PATIENCE, Play, go, play_keys, rows, shown, until


@pytest.fixture
def screen(repo: Br) -> Callable[[Play], None]:
    """Plays keys on the screen of a workspace with the template plan."""
    return lambda play: play_keys(play, repo.cwd, repo.env)


def test_it_opens_on_what_is_next(screen: Callable[[Play], None], repo: Br) -> None:
    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await until(pilot, lambda: app.chosen == "m1.s1.ms1")
        assert rows(app)[:3] == ["m1", "m1.s1", "m1.s1.ms1"]
        assert repo.microstep("m1.s1.ms1")["criteria"][0] in " ".join(shown(app).split())
        assert "0 of 3 done" in shown(app, "#head")

    screen(play)


def test_done_is_refused_until_it_is_proven(screen: Callable[[Play], None], repo: Br) -> None:
    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await go(pilot, app, "m1.s1.ms1")
        await pilot.press("s")
        await until(pilot, lambda: repo.microstep("m1.s1.ms1")["status"] == "doing")
        await until(pilot, lambda: "held by" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Refused))
        words = str(app.screen.query_one(Static).render())
        assert "has no proof" in words
        assert "br qa" in words
        await pilot.press("escape")
        assert repo.microstep("m1.s1.ms1")["status"] == "doing"
        await pilot.press("v")
        await pilot.press("y")
        await until(pilot, lambda: "self-attested" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: repo.microstep("m1.s1.ms1")["status"] == "done")
        await until(pilot, lambda: "1 of 3 done, 1 proven" in shown(app, "#head"))

    screen(play)


def test_a_refusal_offers_the_checks_and_runs_them(
    screen: Callable[[Play], None], repo: Br
) -> None:
    checks = json.dumps([{"id": "tests", "kind": "command", "run": "true"}])
    repo.ok("plan", "edit", "m1.s1.ms1", "--set", f"checks={checks}")
    repo.git("commit", "-qam", "checks")

    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await go(pilot, app, "m1.s1.ms1")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Refused))
        await pilot.press("r")
        await until(pilot, lambda: "✓" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: repo.microstep("m1.s1.ms1")["status"] == "done")

    screen(play)


def test_adding_naming_removing_and_taking_back(screen: Callable[[Play], None], repo: Br) -> None:
    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await go(pilot, app, "m1.s1")
        await pilot.press("a", *"--sharp", "enter")
        await until(pilot, lambda: "m1.s1.ms3" in rows(app))
        assert repo.microstep("m1.s1.ms3")["title"] == "--sharp"
        await until(pilot, lambda: app.chosen == "m1.s1.ms3")
        await pilot.press("e", "ctrl+u", *"Blunt", "enter")
        await until(pilot, lambda: repo.microstep("m1.s1.ms3")["title"] == "Blunt")
        await pilot.press("x", "n")
        await pilot.press("x", "y")
        await until(pilot, lambda: "m1.s1.ms3" not in rows(app))
        await pilot.press("u")
        await until(pilot, lambda: "m1.s1.ms3" in rows(app))

    screen(play)


def test_what_others_write_is_shown_and_the_place_is_kept(
    screen: Callable[[Play], None], repo: Br
) -> None:
    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await go(pilot, app, "m1.s1.ms2")
        repo.ok("start", "m1.s1.ms1", "--as", "agent-7")
        await until(pilot, lambda: "1 doing" in shown(app, "#head"))
        assert app.chosen == "m1.s1.ms2"
        await go(pilot, app, "m1.s1.ms1")
        await until(pilot, lambda: "held by agent-7" in shown(app))

    screen(play)


def test_a_plan_that_breaks_is_told_and_the_last_one_stays(
    screen: Callable[[Play], None], repo: Br
) -> None:
    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        before, kept = rows(app), repo.plan_path.read_text()
        repo.plan_path.write_text(kept[:-30])
        await until(pilot, lambda: "br lint" in shown(app, "#head"))
        assert rows(app) == before
        repo.plan_path.write_text(kept)
        await until(pilot, lambda: "done" in shown(app, "#head"))

    screen(play)


def test_a_stranger_s_text_is_only_text(screen: Callable[[Play], None], repo: Br) -> None:
    plan = repo.plan
    title = "[bold red]x[/] \x1b[2J @click"
    plan["milestones"][0]["steps"][0]["microsteps"][0]["title"] = title
    repo.write(plan)

    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await go(pilot, app, "m1.s1.ms1")
        await until(pilot, lambda: "[bold red]x[/]" in shown(app))
        node = app.query_one(PlanTree).cursor_node
        assert node is not None
        assert "[bold red]x[/] �[2J @click" in str(node.label)

    screen(play)


def test_finding_narrows_and_escape_widens(screen: Callable[[Play], None], repo: Br) -> None:
    wanted = repo.microstep("m1.s1.ms2")["title"].split()[-1]

    async def play(pilot: "Pilot[None]", app: PlanApp) -> None:
        await pilot.press("slash", *wanted)
        await until(pilot, lambda: "m1.s1.ms2" in rows(app) and "m1" not in rows(app))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "m1" in rows(app))

    screen(play)


def test_it_needs_a_terminal(repo: Br) -> None:
    answer = repo("tui", "--json")
    assert (answer.code, answer.error["code"]) == (2, "no_terminal")
    assert answer.error["next_command"] == "br status"


def test_on_a_real_terminal_it_draws_and_quits(repo: Br) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        Br.command("tui"),
        cwd=repo.cwd,
        env=repo.env | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    seen, end = b"", time.monotonic() + PATIENCE
    try:
        while b"m1.s1.ms1" not in seen:
            assert time.monotonic() < end, seen[-500:]
            if select.select([leader], [], [], 0.2)[0]:
                seen += os.read(leader, 65536)
        os.write(leader, b"q")
        with suppress(OSError):  # the other end closes
            while select.select([leader], [], [], PATIENCE)[0]:
                os.read(leader, 65536)
        process.wait(PATIENCE)
    finally:
        process.kill()
        os.close(leader)
    assert process.returncode == 0
