"""The screen of `br tui`, played key by key without a terminal."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widgets import Static

from buildrunner.cli.config import settings
from buildrunner.cli.tui.app import PlanApp
from buildrunner.cli.tui.tree import PlanTree
from buildrunner.workspace.folder import find

PATIENCE = 20.0
Play = Callable[["Pilot[None]", PlanApp], Awaitable[None]]


def play_keys(play: Play, root: Path, env: Mapping[str, str], project_id: str = "") -> None:
    """Open the screen on a workspace in an environment of its own, and play."""

    async def main() -> None:
        workspace = find(str(root))
        app = PlanApp(workspace, settings(workspace), project_id)
        async with app.run_test(size=(110, 30)) as pilot:
            await pilot.pause()
            await play(pilot, app)

    with patch.dict(os.environ, env, clear=True):
        asyncio.run(main())


async def until(pilot: "Pilot[None]", holds: Callable[[], Any]) -> None:
    """Let the screen work until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come"
        await pilot.pause(0.05)


def shown(app: PlanApp, where: str = "#detail") -> str:
    """What a part of the screen says."""
    return str(app.screen_stack[0].query_one(where, Static).render())


def rows(app: PlanApp) -> list[str]:
    """The ids of the rows that can be seen."""
    tree = app.query_one(PlanTree)
    found = (tree.get_node_at_line(line) for line in range(tree.last_line + 1))
    return [node.data or "" for node in found if node is not None]


async def go(pilot: "Pilot[None]", app: PlanApp, identifier: str) -> None:
    """Put the cursor on a row."""
    app.query_one(PlanTree).choose(identifier)
    await until(pilot, lambda: app.chosen == identifier)
